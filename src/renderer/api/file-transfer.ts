import { uploadPieceBytes } from '../../shared/flow-control'
import type { Download, UploadResult } from '../../shared/transfers'
import { api } from './client'

interface UploadOptions {
  file: Blob
  /** Opens the upload in the area that receives the file. */
  open: () => Promise<{ uploadId: string }>
  /** Called with the number of bytes that Berth has received so far. */
  progress?: (bytes: number) => void
  signal: AbortSignal
}

/** Encodes a piece of a file as base64. FileReader encodes outside the page's main thread. */
export function toBase64(piece: Blob): Promise<string> {
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
    await api.uploads.piece({ uploadId, piece }, { signal })
    progress?.(Math.min(start + uploadPieceBytes, file.size))
  }
}

/** Uploads a file in pieces. If the upload fails or is aborted, nothing of the upload remains. */
export async function sendUpload(options: UploadOptions): Promise<UploadResult> {
  const { open, signal } = options
  const { uploadId } = await open()
  try {
    await sendPieces(uploadId, options)
    return await api.uploads.finish({ uploadId }, { signal })
  } catch (error) {
    // If the abort fails too, report the first failure. The upload may already be gone.
    await api.uploads.abort({ uploadId }).catch(() => undefined)
    throw error
  }
}

/** Saves an offered download through the browser. The server proposes the name of the file. */
export function saveDownload({ url }: Download): void {
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  link.click()
}
