-- Whether any row of a request is stored.
SELECT 1 AS stored
FROM interactions
WHERE ({all_sites:Bool} OR site IN {sites:Array(String)}) AND request_id = {request_id:String}
LIMIT 1
