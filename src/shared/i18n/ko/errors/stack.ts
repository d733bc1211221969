import type { ErrorTexts } from '../../texts'

export const stack = {
  'comparison.vm-failed': {
    what: '비교에 쓸 작은 가상 머신을 실행하지 못했습니다: {reason}',
    todo: '이 컴퓨터가 덜 바쁠 때 다시 시도하세요. 사용 중인 머신과 컨테이너에는 영향이 없습니다.',
  },
  'comparison.container-failed': {
    what: '비교에 쓸 컨테이너를 실행하지 못했습니다: {reason}',
    todo: '다시 시도하세요. 계속 실패하면 진단 페이지를 여세요.',
  },
} satisfies Partial<ErrorTexts>
