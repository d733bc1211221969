import { uploadPieceBytes } from '../../shared/flow-control'
import { api } from './client'

interface UploadOptions {
  file: File
  reference: string
  /** Called with the number of bytes that the engine has received so far. */
  progress: (bytes: number) => void
  signal: AbortSignal
}

/** Encodes a piece of a file as base64. FileReader encodes outside the page's main thread. */
function toBase64(piece: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => {
      const url = typeof reader.result === 'string' ? reader.result : ''
      resolve(url.slice(url.indexOf(',') + 1))
    })
    reader.addEventListener('error', () => {
      reject(reader.error ?? new Error('The file cannot be read.'))
    })
    reader.readAsDataURL(piece)
  })
}

async function sendPieces(uploadId: string, { file, progress, signal }: UploadOptions): Promise<void> {
  for (let start = 0; start < file.size; start += uploadPieceBytes) {
    const piece = await toBase64(file.slice(start, start + uploadPieceBytes))
    await api.images.importPiece({ uploadId, piece }, { signal })
    progress(Math.min(start + uploadPieceBytes, file.size))
  }
}

/**
 * Uploads a tar archive in pieces and imports it as an image. Returns the id of the image. If the import fails, nothing
 * of the upload remains.
 */
export async function importImage(options: UploadOptions): Promise<string> {
  const { file, reference, signal } = options
  const { uploadId } = await api.images.importOpen(
    { reference, fileName: file.name, bytes: file.size },
    { signal },
  )
  try {
    await sendPieces(uploadId, options)
    const { id } = await api.images.importFinish({ uploadId }, { signal })
    return id
  } catch (error) {
    // If the abort fails too, report the first failure. The upload may already be gone.
    await api.images.importAbort({ uploadId }).catch(() => undefined)
    throw error
  }
}

function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** Creates a support bundle and saves it under `name` through the browser. */
export async function downloadSupportBundle(name: string): Promise<void> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  for await (const { piece } of await api.diagnostics.bundle()) pieces.push(fromBase64(piece))
  const url = URL.createObjectURL(new Blob(pieces, { type: 'application/gzip' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Revoke the URL later, because the browser reads the blob only after this function returns.
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, 0)
}
