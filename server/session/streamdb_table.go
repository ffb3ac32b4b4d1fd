package session

import "streamdb/types"

func col(name string, t types.Type, doc string) streamdbColumn {
	return streamdbColumn{name: name, typ: t, notNull: true, doc: doc}
}

// nullable is a column that may be NULL, as its doc says when.
func nullable(name string, t types.Type, doc string) streamdbColumn {
	return streamdbColumn{name: name, typ: t, doc: doc}
}

// named is the columns every relation of database objects begins with.
func named(object string, more ...streamdbColumn) []streamdbColumn {
	return append([]streamdbColumn{
		col("id", types.Oid, "OID of the "+object+"."),
		col("schema", types.Text, "Its schema."),
		col("name", types.Text, "Its name."),
	}, more...)
}

// streamdbTables is the relations of schema streamdb.
var streamdbTables = []streamdbTable{
	{
		name: "views", rows: viewRows,
		doc: "Materialized views: how far each is, and what it holds.",
		columns: named("view",
			col("status", types.Text, "filling (not readable yet), running or stopped."),
			nullable("reason", types.Text, "Why it has stopped; NULL while it has not."),
			col("epoch", types.Int8, "Newest epoch it has completed."),
			col("lag_epochs", types.Int8, "Closed epochs it has not completed yet."),
			nullable("lag_bytes", types.Int8, "Changes of what it reads that it has not taken in yet, in memory and on disk; NULL once it has stopped."),
			col("rows", types.Int8, "Rows it holds."),
			col("bytes", types.Int8, "Memory of its rows, operators, errors and kept changes."),
			col("rows_in", types.Int8, "Changes it has read since it started."),
			col("errors", types.Int8, "Errors its rows have raised so far; what stands now is in streamdb.errors."),
			col("append_only", types.Bool, "Its rows are never changed or removed."),
			nullable("key", types.Text, "Columns that are unique together; NULL if none are known."),
			col("definition", types.Text, "Its query."),
			nullable("plan", types.Text, "The plan it runs, as EXPLAIN prints it."),
		),
	},
	{
		name: "sources", rows: sourceRows,
		doc: "Sources, and tables filled by a connector: where each stands, and what upstream keeps for it.",
		columns: named("source or table",
			col("kind", types.Text, "source or table."),
			col("connector", types.Text, "Its connector."),
			col("status", types.Text, "idle (nobody reads it), running, held (it waits for memory or a checkpoint), or what its connector says: snapshot, streaming, reconnecting; stopped after an error."),
			nullable("reason", types.Text, "Why it has stopped; NULL while it has not."),
			nullable("position", types.Text, "Place up to which it has been read; NULL for the start."),
			col("rows", types.Int8, "Rows and changes read since the server started."),
			col("bad_rows", types.Int8, "Rows that could not be decoded so far."),
			col("epoch", types.Int8, "Newest epoch it has completed."),
			nullable("upstream", types.Text, "Newest place upstream; NULL if not known."),
			nullable("released", types.Text, "Place up to which upstream may forget; NULL if not known."),
			nullable("lag_bytes", types.Int8, "What upstream keeps for it; NULL if not known."),
			nullable("snapshot_rows", types.Int8, "Rows of the first copy read so far; NULL if there is none."),
			nullable("reconnects", types.Int8, "Connections lost so far; NULL if not known."),
			nullable("last_error", types.Text, "The connector's last error, even if it went on; NULL for none."),
		),
	},
	{
		name: "sinks", rows: sinkRows,
		doc: "Sinks: how far each is. A sink shows an epoch once the checkpoint behind it is durable.",
		columns: named("sink",
			col("connector", types.Text, "Its connector."),
			col("status", types.Text, "filling (taking in what is there already), running or stopped."),
			nullable("reason", types.Text, "Why it has stopped; NULL while it has not."),
			col("epoch", types.Int8, "Newest epoch it has completed."),
			col("lag_epochs", types.Int8, "Closed epochs it has not completed yet."),
			nullable("lag_bytes", types.Int8, "Changes of what it reads that it has not taken in yet, in memory and on disk; NULL once it has stopped."),
			col("rows_in", types.Int8, "Changes it has read since it started."),
			col("errors", types.Int8, "Errors its rows have raised so far."),
			col("bytes", types.Int8, "Memory of its operators and errors."),
			col("definition", types.Text, "Its CREATE statement without secrets."),
		),
	},
	{
		name: "tables", rows: tableRows,
		doc: "Tables and what they hold.",
		columns: named("table",
			col("rows", types.Int8, "Rows it holds."),
			col("bytes", types.Int8, "Memory of its rows, indexes and kept changes."),
			nullable("connector", types.Text, "The connector that fills it; NULL for none."),
			nullable("reason", types.Text, "Why its connector has stopped; NULL while it has not."),
			col("epoch", types.Int8, "Newest epoch it has completed."),
			col("errors", types.Int8, "Rows its connector could not decode so far."),
		),
	},
	{
		name: "jobs", rows: jobRows,
		doc: "Views and sinks that are being filled. CANCEL JOBS id removes one.",
		columns: []streamdbColumn{
			col("id", types.Int8, "Number of the job."),
			col("relation", types.Oid, "OID of the view or sink."),
			col("name", types.Text, "Its name with its schema."),
			col("statement", types.Text, "Its CREATE statement without secrets."),
			col("started", types.TimestampTZ, "When it began."),
			col("elapsed_ms", types.Float8, "Time since then."),
			col("rows", types.Int8, "Rows read so far."),
		},
	},
	{
		name: "errors", rows: errorRows,
		doc: "Rows that raise an error: in a view they are left out of the operator's output and come back when the row is " +
			"mended; in a source they could not be decoded. Of each object 10,000 rows are kept, and of the others how many there are of each SQLSTATE: the weights add up to what stands.",
		columns: []streamdbColumn{
			col("object", types.Text, "Name of the view, source, table or sink with its schema."),
			nullable("epoch", types.Int8, "Epoch in which it came; 0: in the epoch that is still open. NULL for rows that are only counted."),
			col("code", types.Text, "SQLSTATE."),
			col("message", types.Text, "The error."),
			nullable("row", types.Text, "The row or the piece of input, as far as known."),
			col("weight", types.Int8, "How often it stands."),
		},
	},
	{
		name: "memory", rows: memoryRows,
		doc: "Memory by object and part, and what was moved from memory to disk.",
		columns: []streamdbColumn{
			nullable("object", types.Text, "Name of the relation with its schema; NULL for the server as a whole."),
			col("part", types.Text, "Of a relation: rows, indexes, operators, errors (of its rows), changes (kept for late readers), spilled (more of them, on disk). Of the server: relations (their sum), store, heap (live "+
				"objects, the sum included), process (all memory the runtime holds), limit (memory_limit)."),
			nullable("bytes", types.Int8, "Bytes; NULL if there is no limit."),
		},
	},
	{
		name: "checkpoints", rows: checkpointRows,
		doc: "The last checkpoints, newest first.",
		columns: []streamdbColumn{
			col("id", types.Int8, "Number of the checkpoint since the server started."),
			col("epoch", types.Int8, "Epoch it makes durable."),
			col("kind", types.Text, "periodic, or manual for CHECKPOINT."),
			col("status", types.Text, "in progress, late (beyond checkpoint_timeout), completed or failed."),
			col("started", types.TimestampTZ, "When it began."),
			col("align_ms", types.Float8, "Until the last participant had handed over its changes."),
			col("sync_ms", types.Float8, "Until the commit log was durable."),
			col("async_ms", types.Float8, "Writing the changes in one atomic commit."),
			col("held_ms", types.Float8, "How long sources waited for it because it took long."),
			col("bytes", types.Int8, "Bytes written to the store."),
			col("rows", types.Int8, "Changed rows written."),
			nullable("slowest", types.Text, "The participant that handed over last."),
			nullable("error", types.Text, "Why it failed; NULL if it has not."),
		},
	},
	{
		name: "store", rows: storeRows,
		doc: "The data directory, in one row.",
		columns: []streamdbColumn{
			col("epoch", types.Int8, "Newest closed epoch."),
			col("durable_epoch", types.Int8, "Epoch of the newest durable checkpoint."),
			col("tables", types.Int8, "State tables."),
			col("store_bytes", types.Int8, "Bytes of the store on disk."),
			col("log_bytes", types.Int8, "Bytes of the commit log on disk."),
			col("store_files", types.Int8, "Sorted files of the store."),
			col("memtable_bytes", types.Int8, "Memory of the store's write buffer."),
			col("cache_bytes", types.Int8, "Memory of the store's block cache."),
			col("unfolded_runs", types.Int8, "Sorted runs of checkpoints not folded into rows yet."),
			col("unfolded_blocks", types.Int8, "Blocks of those runs."),
			col("unfolded_bytes", types.Int8, "Bytes of those runs."),
			col("folds", types.Int8, "Folds since the server started."),
			col("fsyncs", types.Int8, "Syncs of the commit log since the server started."),
			col("fsync_avg_ms", types.Float8, "Mean time of a sync."),
			col("fsync_p99_ms", types.Float8, "Time that 99 of 100 syncs stay below."),
			col("store_log_bytes", types.Int8, "Bytes written to the store's own log since the server started."),
		},
	},
}
