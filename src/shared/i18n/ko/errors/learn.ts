import type { ErrorTexts } from '../../texts'

export const learn = {
  'learn.folder-used': {
    what: '{folder} 폴더에 이미 다른 파일이나 폴더가 있습니다: {file}',
    todo: '비어 있는 폴더나 새 폴더를 고르세요. 실습에서는 폴더 전체를 엔진으로 보내고 컨테이너와 공유합니다.',
  },
  'learn.folder-read-only': {
    what: '컨테이너는 {folder} 폴더를 읽을 수만 있습니다.',
    todo: '다른 폴더를 고르거나, 공유 폴더 설정에서 쓰기를 허용하세요.',
  },
  'learn.not-published': {
    what: '이 실습에서 실행한 learn-app 컨테이너 중에 8080 포트가 열린 것이 없습니다.',
    todo: '먼저 -p 옵션을 붙여 컨테이너를 실행한 뒤 다시 요청하세요.',
  },
  'learn.no-answer': {
    what: '{url}에서 웹 페이지가 오지 않았습니다.',
    todo: '서버가 아직 시작되지 않았을 수 있습니다. 로그를 확인한 뒤 다시 요청하세요.',
  },
} satisfies Partial<ErrorTexts>
