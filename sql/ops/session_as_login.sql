-- Sessions may be ended by the user who logged in for them, whatever role they took on since.
SET ROLE NONE
