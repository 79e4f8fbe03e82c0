-- Forms that sessions started; left by those that did not send them. Feedback is sent by its own event. The filter chooses
-- which beginnings count; whether they were sent, all rows of the session tell. The totals stand in each row.
WITH visits AS
(
    SELECT
        path,
        if(target_label != '', target_label, target_selector) AS form,
        any(session_id) AS session,
        countIf($filter AND event_name = 'form_start') > 0 AS started,
        countIf(event_name IN ('form_submit', 'feedback')) > 0 AS sent
    FROM $interactions
    WHERE $segmented AND $of_sessions AND event_name IN ('form_start', 'form_submit', 'feedback')
    GROUP BY path, form, session_hash
    HAVING started
)
SELECT
    path,
    form,
    count() * $times AS started,
    countIf(sent) * $times AS submitted,
    started - submitted AS abandoned,
    abandoned / started AS abandon_rate,
    groupArrayIf(5)(session, NOT sent) AS example_sessions,
    sum(count()) OVER () * $times AS all_started,
    sum(countIf(NOT sent)) OVER () * $times AS all_abandoned
FROM visits
GROUP BY path, form
ORDER BY abandoned DESC, started DESC, path, form
LIMIT {limit:UInt32}
