/**
 * The limits for the flow control of every session, in UTF-16 code units. The source pauses above `high` unacknowledged
 * units and resumes below `low`. A view acknowledges every `ack` units after it has rendered them. The numbers are
 * those of VS Code (src/vs/platform/terminal/common/terminal.ts).
 */
export const flowControl = { high: 100_000, low: 5_000, ack: 5_000 } as const

/** Bytes in one piece of an upload, before base64. The WebSocket carrier refuses messages of more than 1 MiB. */
export const uploadPieceBytes = 256 * 1024
