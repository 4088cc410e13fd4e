-- Every request posts a new video key.
-- Arguments: the round's number, then the body before and after the key.
local round, before, after
local sent = 0

function init(args)
  round, before, after = tonumber(args[1]), args[2], args[3]
end

function request()
  sent = sent + 1
  local key = string.format("%03d%07dA", round, sent)
  return wrk.format("POST", nil, nil, before .. key .. after)
end
