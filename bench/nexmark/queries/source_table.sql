-- The events of one kind only. The others are counted but not made.
CREATE SOURCE {{table}} WITH (connector = 'nexmark', nexmark.table.type = '{{table}}', {{options}});
