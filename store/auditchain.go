package store

import "context"

// BlocksAstray returns blocks in the chain that do not follow the one before.
func (db *DB) BlocksAstray(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check blocks", `
		SELECT b.channel || ' block ' || b.hash FROM chain_blocks b
		WHERE b.state <> 'dropped'
			AND b.number > (SELECT MIN(f.number) FROM chain_blocks f WHERE f.channel = b.channel AND f.state <> 'dropped')
			AND NOT EXISTS (SELECT 1 FROM chain_blocks p WHERE p.channel = b.channel AND p.number = b.number - 1 AND p.hash = b.parent AND p.state <> 'dropped')`)
}

// DepositsAstray returns deposits that count and are not in the chain, that do not count although they are in the chain and were
// told or are in it for good, that were taken back and left something in the books, and attempts that were swept of more than
// was credited.
func (db *DB) DepositsAstray(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check deposits", `
		SELECT found FROM (
			SELECT r.reference || ' counts and is not in the chain' AS found FROM receipts r
			WHERE r.state = 'credited' AND r.channel IN (SELECT channel FROM chain_blocks) AND NOT EXISTS (
				SELECT 1 FROM chain_transfers t JOIN chain_blocks b ON b.channel = t.channel AND b.hash = t.block
				WHERE t.channel = r.channel AND t.reference = r.reference AND b.state <> 'dropped'
					AND t.asset = r.asset AND dec_cmp(t.amount, r.amount) = 0)
			UNION ALL
			SELECT t.reference || ' is in the chain and does not count' FROM chain_transfers t
			JOIN chain_blocks b ON b.channel = t.channel AND b.hash = t.block
			LEFT JOIN chain_told d ON d.channel = t.channel
			WHERE b.state = 'scanned' AND (t.told = 'credited' OR b.number <= d.number)
				AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.channel = t.channel AND r.reference = t.reference AND r.state = 'credited')
				AND NOT EXISTS (SELECT 1 FROM strays s WHERE s.channel = t.channel AND s.reference = t.reference AND s.state = 'credited')
			UNION ALL
			SELECT r.reference || ' was taken back and left something in ' || p.account FROM receipts r
			JOIN postings p ON p.entry LIKE r.id || ':%' AND p.account LIKE 'chain:%'
			WHERE r.state = 'orphaned' AND r.channel IN (SELECT channel FROM chain_blocks)
			GROUP BY r.reference, r.id, p.account, p.asset HAVING dec_cmp(dec_sum(p.amount), '0') <> 0
			UNION ALL
			SELECT o.attempt || ' was swept of more ' || o.asset || ' than was credited' FROM operations o
			WHERE o.kind = 'sweep' AND o.outcome = 'done' GROUP BY o.attempt, o.asset HAVING dec_cmp(dec_sum(o.amount), COALESCE((
				SELECT dec_sum(r.amount) FROM receipts r WHERE r.attempt = o.attempt AND r.asset = o.asset AND r.state = 'credited'), '0')) > 0
		) deposits`)
}

// NoncesAstray returns nonces that are missing below one that is final, were used by nothing of ours, or belong to a
// payout that was paid before.
func (db *DB) NoncesAstray(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check nonces", `
		SELECT found FROM (
			SELECT i.sender || ' skips the nonce before ' || i.attempt AS found FROM chain_intents i
			WHERE i.state <> 'abandoned' AND i.nonce > (
					SELECT MIN(f.nonce) FROM chain_intents f WHERE f.network = i.network AND f.sender = i.sender AND f.nonce >= 0)
				AND NOT EXISTS (SELECT 1 FROM chain_intents b WHERE b.network = i.network AND b.sender = i.sender AND b.nonce = i.nonce - 1)
			UNION ALL
			SELECT i.attempt || ' is final, and a nonce below its own is not' FROM chain_intents i
			WHERE i.state = 'final' AND EXISTS (
				SELECT 1 FROM chain_intents b WHERE b.network = i.network AND b.sender = i.sender AND b.nonce = i.nonce - 1
					AND b.state IN ('reserved', 'signed', 'canceling')
					AND NOT EXISTS (SELECT 1 FROM chain_transactions x WHERE x.attempt = b.attempt))
			UNION ALL
			SELECT i.attempt || ' is final with a transaction that is not its own' FROM chain_intents i
			WHERE i.state = 'final' AND NOT EXISTS (SELECT 1 FROM chain_transactions x WHERE x.attempt = i.attempt AND x.hash = i.final_tx)
			UNION ALL
			SELECT i.payout || ' was paid more than once' FROM chain_intents i
			JOIN chain_transactions x ON x.hash = i.final_tx AND x.kind = 'pay'
			WHERE i.state = 'final' GROUP BY i.payout HAVING COUNT(*) > 1
		) nonces`)
}

// ChainCounts returns how many rows the checks of chains look at: transfers and intents.
func (db *DB) ChainCounts(ctx context.Context) (transfers, intents int64, err error) {
	err = db.queryRow(ctx, `SELECT (SELECT COUNT(*) FROM chain_transfers), (SELECT COUNT(*) FROM chain_intents)`).Scan(&transfers, &intents)
	return transfers, intents, explain("count chain rows", err)
}
