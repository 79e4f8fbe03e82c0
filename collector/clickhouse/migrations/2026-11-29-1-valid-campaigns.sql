-- A parameter may hold any bytes (`?utm_campaign=Fr%FChling`); a text of ours is UTF-8, as JSON, Parquet and Arrow want it.
ALTER TABLE interactions
    MODIFY COLUMN utm_source String DEFAULT toValidUTF8(decodeURLFormComponent(extractURLParameter(url, 'utm_source'))),
    MODIFY COLUMN utm_medium String DEFAULT toValidUTF8(decodeURLFormComponent(extractURLParameter(url, 'utm_medium'))),
    MODIFY COLUMN utm_campaign String DEFAULT toValidUTF8(decodeURLFormComponent(extractURLParameter(url, 'utm_campaign')))
