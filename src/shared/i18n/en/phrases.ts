/**
 * Short texts that main puts into the parameters of errors, such as reasons and owners. A parameter holds the English
 * text, so that the log is in English. `errorText` shows the text in the user's language.
 */
export const phrases = {
  'answer-invalid': 'Berth could not understand its answer',
  'answer-missing': 'it does not answer',
  'archive-without-images': 'it contains no image',
  'certificate-missing': 'it contains no certificate',
  'download-checksum': 'the file does not match its checksum',
  'download-empty': 'the server sent nothing',
  'download-manifest': 'the manifest is not valid',
  'download-missing': 'there is no release with a guest image for this computer',
  'files-damaged': 'its files are damaged',
  'forward-missing': 'QEMU does not list the forward',
  'import-digest': 'the name for an import cannot have a digest',
  'import-unnamed': 'the engine did not name the imported image',
  'owner-container': 'another container',
  'owner-machine': 'the machine itself',
  'owner-program': 'another program',
  'reference-empty': 'it is empty',
  'reference-grammar': 'its form is not valid',
  'reference-too-long': 'it is too long',
  'reference-upper-case': 'it has upper-case letters',
  'shell-timeout': 'the engine did not start it in time',
  'user-container': 'a container',
  'version-missing': 'it does not report its version',
}
