-- Images of the shop: looked at, touched, and put into the cart. Rates are of the sessions that met the image.
-- Pictures that people sent us are not of the shop.
WITH
    event_name = 'image_view' AS looked,
    user_action = 'click' AND event_name NOT IN ('add_to_cart', 'purchase') AS touched,
    event_name = 'add_to_cart' AS carted
SELECT
    interacted_image_url AS image_url,
    max(product_id) AS product,
    maxIf(target_label, target_role IN ('link', 'img')) AS label,
    countIf(looked) * $times AS views,
    if(views = 0, NULL, quantileExactInclusiveIf(0.5)(assumeNotNull(visible_ms), looked AND isNotNull(visible_ms))) AS view_ms_median,
    countIf(touched) * $times AS touches,
    countIf(carted) * $times AS carts,
    uniqExact(session_hash) * $times AS sessions,
    uniqExactIf(session_hash, touched) * $times / sessions AS touch_rate,
    uniqExactIf(session_hash, carted) * $times / sessions AS cart_rate,
    count() OVER () AS total
FROM $interactions
WHERE $matching AND $of_sessions AND interacted_image_url != '' AND event_name NOT IN ('feedback', 'message')
GROUP BY image_url
ORDER BY $order DESC, sessions DESC, views DESC, image_url
LIMIT {limit:UInt32}
