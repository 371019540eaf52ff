"""One file a step; `database.HEAD` names the newest."""
