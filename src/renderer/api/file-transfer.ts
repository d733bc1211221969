import { uploadPieceBytes } from '../../shared/contract'
import { api } from './client'

export interface UploadOptions {
  file: File
  reference: string
  /** Bytes that the engine has taken so far. */
  progress: (bytes: number) => void
  signal: AbortSignal
}

/** A piece of a file as base64, encoded by the browser, off the page's own code. */
function encode(piece: Blob): Promise<string> {
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
    const piece = await encode(file.slice(start, start + uploadPieceBytes))
    await api.images.importPiece({ uploadId, piece }, { signal })
    progress(Math.min(start + uploadPieceBytes, file.size))
  }
}

/** Imports a tar archive as an image, piece by piece; the id of the image. Nothing is left behind on failure. */
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
    // The first failure is what the user has to hear of; the upload may be gone already.
    await api.images.importAbort({ uploadId }).catch(() => undefined)
    throw error
  }
}
