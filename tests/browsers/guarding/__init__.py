"""Who passes ``protect=True``: one table of pages, of what they send, and of policies, in engines.

`rows` is the table, and says of each row what comes of it, and why. `servers` is the guarded
application, also behind the proxies of `proxy`, and the pages that send. `differences` says where
an engine sends something else than the standards say.
"""
