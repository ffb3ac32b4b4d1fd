package wire

import (
	"context"

	"github.com/jackc/pgproto3/v2"

	"streamdb/types"
)

// extended serves a message of the extended-query protocol. After an error everything up
// to the next Sync is discarded.
func (c *conn) extended(f frame) error {
	err := c.call(func(ctx context.Context) error { return c.extendedMessage(ctx, f) })
	if err == nil {
		return nil
	}
	c.skip = true
	return c.report(err)
}

func (c *conn) extendedMessage(ctx context.Context, f frame) error {
	switch f.typ {
	case 'P':
		return c.parse(ctx, f.body)
	case 'B':
		return c.bind(ctx, f.body)
	case 'D':
		return c.describe(ctx, f.body)
	case 'E':
		return c.execute(ctx, f.body)
	}
	return c.closeTarget(ctx, f.body)
}

func (c *conn) parse(ctx context.Context, body []byte) error {
	m, oids, err := decodeParse(body)
	if err != nil {
		return err
	}
	if err := c.sess.Parse(ctx, m.Name, m.Query, oids); err != nil {
		return err
	}
	c.out.message(&pgproto3.ParseComplete{})
	return nil
}

func (c *conn) bind(ctx context.Context, body []byte) error {
	m, params, err := decodeBind(body)
	if err != nil {
		return err
	}
	err = c.sess.Bind(ctx, m.DestinationPortal, m.PreparedStatement, params, m.ResultFormatCodes)
	if err != nil {
		return err
	}
	c.out.message(&pgproto3.BindComplete{})
	return nil
}

func (c *conn) describe(ctx context.Context, body []byte) error {
	kind, name, err := decodeTarget("DESCRIBE", body)
	if err != nil {
		return err
	}
	if kind == 'P' {
		cols, err := c.sess.DescribePortal(ctx, name)
		if err != nil {
			return err
		}
		c.describeColumns(cols)
		return nil
	}
	params, cols, err := c.sess.DescribeStatement(ctx, name)
	if err != nil {
		return err
	}
	c.out.message(&pgproto3.ParameterDescription{ParameterOIDs: rawOIDs(params)})
	text := make([]Column, len(cols)) // before Bind every format is reported as text
	for i, col := range cols {
		text[i], text[i].Format = col, 0
	}
	if cols == nil {
		text = nil
	}
	c.describeColumns(text)
	return nil
}

func (c *conn) describeColumns(cols []Column) {
	if cols == nil {
		c.out.message(&pgproto3.NoData{})
	} else {
		c.out.message(rowDescription(cols))
	}
}

func rawOIDs(oids []types.OID) []uint32 {
	raw := make([]uint32, len(oids))
	for i, o := range oids {
		raw[i] = uint32(o)
	}
	return raw
}

func (c *conn) execute(ctx context.Context, body []byte) error {
	portal, maxRows, err := decodeExecute(body)
	if err != nil {
		return err
	}
	c.res.reset(ctx, false)
	return c.res.ended(c.sess.Execute(ctx, portal, maxRows, &c.res))
}

func (c *conn) closeTarget(ctx context.Context, body []byte) error {
	kind, name, err := decodeTarget("CLOSE", body)
	if err != nil {
		return err
	}
	if kind == 'S' {
		err = c.sess.CloseStatement(ctx, name)
	} else {
		err = c.sess.ClosePortal(ctx, name)
	}
	if err != nil {
		return err
	}
	c.out.message(&pgproto3.CloseComplete{})
	return nil
}

// flush serves Flush: the client waits for answers without ending its sequence.
func (c *conn) flush(body []byte) error {
	if err := decodeEmpty(body); err != nil {
		c.skip = true
		return c.report(err)
	}
	return c.out.flush()
}

// sync serves Sync: the sequence is over, whether it failed or not, and exactly one
// ReadyForQuery answers it.
func (c *conn) sync(body []byte) error {
	c.skip = false
	err := c.call(c.sess.Sync)
	if invalid := decodeEmpty(body); err == nil {
		err = invalid
	}
	if err != nil {
		if err := c.report(err); err != nil {
			return err
		}
	}
	return c.ready()
}
