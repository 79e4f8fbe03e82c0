-- As for `interactions`, where a row comes without them.
ALTER TABLE sampled
    MODIFY COLUMN utm_source String DEFAULT toValidUTF8(decodeURLFormComponent(extractURLParameter(url, 'utm_source'))),
    MODIFY COLUMN utm_medium String DEFAULT toValidUTF8(decodeURLFormComponent(extractURLParameter(url, 'utm_medium'))),
    MODIFY COLUMN utm_campaign String DEFAULT toValidUTF8(decodeURLFormComponent(extractURLParameter(url, 'utm_campaign')))
