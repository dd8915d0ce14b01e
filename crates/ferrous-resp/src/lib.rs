//! RESP2 and RESP3 as bytes: parsers of requests and replies, and an encoder. No sockets, no commands.
