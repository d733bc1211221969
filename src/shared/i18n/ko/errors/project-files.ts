import type { ErrorTexts } from '../../texts'

export const projectFiles = {
  'compose-file.changed': {
    what: '{path}을(를) 연 뒤에 디스크의 파일이 바뀌었습니다. 저장하지 않았습니다.',
    todo: '지금 파일의 내용과 비교한 다음 저장하거나 변경 내용을 버리세요.',
  },
  'compose-file.read-only': {
    what: '{path}을(를) 변경할 수 없습니다.',
    todo: '설정에서 폴더를 쓰기 가능하게 공유하거나, 사용자가 파일을 변경할 수 있게 권한을 바꾸세요.',
  },
  'compose-file.too-large': {
    what: '{path}의 크기가 {limit}를 넘습니다.',
    todo: '다른 프로그램으로 여세요.',
  },
  'compose-file.not-text': {
    what: '{path}은(는) UTF-8 텍스트가 아닙니다.',
    todo: '다른 프로그램으로 열거나, 그 프로그램에서 UTF-8로 저장하세요.',
  },
  'compose-file.other-kind': {
    what: '{path}이(가) 가리키는 {target}은(는) compose 파일, 변수 파일, Dockerfile이 아닙니다.',
    todo: '심볼릭 링크를 파일로 바꾸거나, 대상 파일을 다른 프로그램으로 여세요.',
  },
} satisfies Partial<ErrorTexts>
