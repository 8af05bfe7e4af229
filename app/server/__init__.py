"""One web process as its peers meet it: uvicorn, with bounds for each of them.

All that leans on what uvicorn does not document is in this folder, and this is the list. tests/test_uvicorn.py fails
where a release changed it: then compare the methods here with those that they extend.

HttpToolsProtocol: _should_upgrade, _unset_keepalive_if_required, _unsupported_upgrade_warning, client, connections,
cycle, flow, handle_websocket_upgrade, headers, logger, loop, on_body, on_header, on_headers_complete, on_message_begin,
on_message_complete, on_response_complete, parser, pipeline, scope, send_400_response, server_state, shutdown,
timeout_keep_alive, transport
RequestResponseCycle: disconnected, keep_alive, message_event, more_body, response_complete, response_started
WebSocketsSansIOProtocol: close_sent, conn, connections, curr_msg_data_type, default_headers, frames, handle_cont,
handle_parser_exception, handshake_complete, handshake_initiated, logger, loop, run_asgi, send,
send_receive_event_to_app, shutdown, stop_keepalive, transport, writable
Server: capture_signals, handle_exit, serve, server_state, shutdown, started, startup
ServerState: connections, default_headers
"""
