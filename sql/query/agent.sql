-- Edge agents, and the way back from one that is gone.

-- name: agent_of  (device) -> gateway, name, heard, lost
-- roles: fl_page
SELECT gateway, called, heard, lost FROM flux.agent_of($1);

-- name: agent_list  () -> gateway, since, heard, lost
-- roles: fl_admin
SELECT gateway, since, heard, lost FROM flux.agent_list();

-- name: agent_release  (gateway) -> done
-- roles: fl_desk fl_admin
SELECT flux.agent_release($1);
