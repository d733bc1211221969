import type { ErrorTexts } from '../../texts'

export const hints = {
  'hint.gone': {
    what: '이 힌트의 원인이 이미 사라졌습니다.',
    todo: '더 할 일이 없습니다.',
  },
  'hint.compose': {
    what: '{container} 컨테이너는 Compose가 관리하므로 변경한 내용이 되돌려집니다.',
    todo: '프로젝트의 Compose 파일을 수정하세요.',
  },
} satisfies Partial<ErrorTexts>
