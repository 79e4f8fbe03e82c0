-- The same for what was stored before; in the background.
ALTER TABLE interactions UPDATE
    utm_source = toValidUTF8(utm_source),
    utm_medium = toValidUTF8(utm_medium),
    utm_campaign = toValidUTF8(utm_campaign)
WHERE NOT (isValidUTF8(utm_source) AND isValidUTF8(utm_medium) AND isValidUTF8(utm_campaign))
