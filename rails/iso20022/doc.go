// Package iso20022 reads and writes the messages that banks exchange, in the part of them that the bank and the
// cross-border rail need.
//
// One Go type stands for one message, shaped as the rails speak of it and not as the schema does. [Write] gives complete
// XML that is valid against the schema of ISO 20022; [Read] is strict where money and references are concerned, and
// passes over elements that it does not know, as every bank sends some. Each type has one method that lists its elements
// in the order of the schema, and serves both directions: what is written is what is read.
//
// Amounts are exact in both directions. Dates and times stay as they were sent, see [Moment].
//
// The checks of account numbers, bank identifiers and references stand in this package too, one file for each
// standard. A check returns an error that names every fault, to be examined with [errors.Is].
//
// The messages follow the base schemas, and [CheckCBPR] a part of the rules for cross-border payments. Neither is a
// certification by Swift.
package iso20022
