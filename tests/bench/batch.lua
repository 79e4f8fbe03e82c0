-- one batch of N events; ids are fresh for every request and grow like version 7 UUIDs
local n = tonumber(os.getenv("EVENTS") or "10")
local key = os.getenv("KEY")
local thread_counter = 0
function setup(thread) thread:set("tid", thread_counter); thread_counter = thread_counter + 1 end
function init(args)
  seq = 0
  ms = os.time() * 1000
  local ev = {}
  prefix = '{"v":1,"batch_id":"%s","sent_at":' .. ms .. ',"visitor_id":"0193a5c0-0000-7000-8000-0000000000aa","session_id":"0193a5c0-0000-7000-8000-0000000000bb","source":"ecommerce","agent_version":"v1.0","context":{"language":"de-DE","timezone":"Europe/Berlin","screen":[2560,1440],"viewport":[1280,720],"dpr":2},"events":['
  a = '{"event_id":"'
  b = '","at":' .. ms .. ',"type":"click","url":"https://store.example.com/categories/laptops","title":"Laptops","target":{"tag":"a","role":"link","label":"MacBook Pro 16-inch","selector":"main > ul > li:nth-child(2) > a","href":"/products/macbook-pro-16","section":"results","product_id":"mbp-16"},"image_url":"https://store.example.com/img/macbook-pro-16.webp","x":412,"y":380,"page_x":412,"page_y":1630}'
  run = string.format("%08x-%04x-7000-8", os.time(), tid)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "text/plain;charset=UTF-8"
  wrk.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
  wrk.headers["Origin"] = "http://shop.test"
  path = "/v1/batch?k=" .. key
end
function request()
  seq = seq + 1
  local parts = { string.format(prefix, string.format("%s001-%012x", run, seq)) }
  for i = 1, n do
    parts[#parts + 1] = a .. string.format("%s%03x-%012x", run, i + 1, seq) .. b
    if i < n then parts[#parts + 1] = "," end
  end
  parts[#parts + 1] = "]}"
  return wrk.format(nil, path, nil, table.concat(parts))
end
function response(status) if status ~= 202 and status ~= 204 then bad = (bad or 0) + 1; if bad < 3 then print("status", status) end end end
