/**
 * The values of a stream of JSON texts, one a line, as the engine sends events and progress; chunks may end
 * anywhere, also inside a character.
 */
export async function* jsonLines(stream: AsyncIterable<unknown>): AsyncGenerator<unknown[], void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    const values = lines.filter((line) => line.trim() !== '').map((line): unknown => JSON.parse(line))
    if (values.length > 0) yield values
  }
  rest += decoder.decode()
  if (rest.trim() !== '') yield [JSON.parse(rest)]
}
