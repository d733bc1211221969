/**
 * Flow control of every session, in UTF-16 code units (VS Code's figures, src/vs/platform/terminal/common/terminal.ts):
 * the source pauses above `high` unacknowledged units and resumes below `low`. A view acknowledges every `ack` units,
 * once it has rendered them.
 */
export const flowControl = { high: 100_000, low: 5_000, ack: 5_000 } as const

/** Bytes in one piece of an upload. The WebSocket carrier refuses messages that are much larger. */
export const uploadPieceBytes = 256 * 1024
