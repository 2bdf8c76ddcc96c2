"""The server's half of the CORS protocol, with no server in it.

Plain values in, plain values out. https://fetch.spec.whatwg.org/#http-cors-protocol
"""
