-- Each request has the token of the next user in turn.
-- Arguments: the round's number (unused here), then one token for each user.
local requests = {}
local sent = 0

function init(args)
  for i = 2, #args do
    wrk.headers["Authorization"] = "Bearer " .. args[i]
    requests[i - 1] = wrk.format("GET")
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end
