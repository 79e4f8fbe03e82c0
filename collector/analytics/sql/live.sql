-- The newest of what was stored since a moment; the caller turns them round.
SELECT $record
FROM interactions FINAL
WHERE received_at >= {since:DateTime64(3, 'UTC')} AND received_at < {until:DateTime64(3, 'UTC')}
ORDER BY received_at DESC, created_at DESC, interaction_id DESC
LIMIT {limit:UInt32}
