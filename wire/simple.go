package wire

import (
	"context"

	"streamdb/types/pgerr"
)

// simpleQuery serves Query: any number of statements, one ReadyForQuery.
func (c *conn) simpleQuery(body []byte) error {
	text, err := decodeQuery(body)
	if err == nil {
		err = c.call(func(ctx context.Context) error {
			c.res.reset(ctx, true)
			return c.res.ended(c.sess.SimpleQuery(ctx, text, &c.res))
		})
	}
	if err != nil {
		if err := c.report(err); err != nil {
			return err
		}
	}
	return c.ready()
}

// functionCall refuses FunctionCall, which nobody has needed since prepared statements.
func (c *conn) functionCall() error {
	err := pgerr.Unsupported("the function call protocol", "Call the function in a SELECT.")
	if err := c.report(err); err != nil {
		return err
	}
	return c.ready()
}
