import type { ErrorTexts } from '../../texts'

export const learn = {
  'learn.folder-used': {
    what: '{folder} 폴더에 이미 {file} 파일이 있습니다.',
    todo: '비어 있는 폴더나 새 폴더를 고르세요. 학습 페이지는 기존 파일을 바꾸지 않습니다.',
  },
  'learn.folder-read-only': {
    what: '컨테이너는 {folder} 폴더를 읽을 수만 있습니다.',
    todo: '다른 폴더를 고르거나, 공유 폴더 설정에서 쓰기를 허용하세요.',
  },
  'learn.not-published': {
    what: 'learn-app 이미지로 실행 중인 컨테이너 중에 8080 포트를 게시한 것이 없습니다.',
    todo: '먼저 -p 옵션을 붙여 컨테이너를 실행한 뒤 다시 요청하세요.',
  },
  'learn.no-answer': {
    what: '{url}에서 웹 페이지가 오지 않았습니다.',
    todo: '서버가 아직 시작되지 않았을 수 있습니다. 로그를 확인한 뒤 다시 요청하세요.',
  },
} satisfies Partial<ErrorTexts>
