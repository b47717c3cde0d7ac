"""The words of H5P's players: they are part of the content, else they stay English."""

from __future__ import annotations

from typing import Any

from app.exporters.quiz.text import one_line
from app.exporters.quiz.wording import QuizWording


def _dialogs(wording: QuizWording) -> dict[str, Any]:
    return {
        "confirmCheck": {
            "header": one_line(wording.check),
            "body": one_line(wording.missing),
            "cancelLabel": one_line(wording.back),
            "confirmLabel": one_line(wording.check),
        },
        "confirmRetry": {
            "header": one_line(wording.retry),
            "body": one_line(wording.retry),
            "cancelLabel": one_line(wording.back),
            "confirmLabel": one_line(wording.retry),
        },
    }


def choice_words(wording: QuizWording) -> dict[str, Any]:
    """Return the words of H5P.MultiChoice 1.16."""
    return {
        "UI": {
            "checkAnswerButton": wording.check,
            "submitAnswerButton": wording.check,
            "showSolutionButton": wording.show,
            "tryAgainButton": wording.retry,
            "tipsLabel": wording.solution,
            "scoreBarLabel": _points(wording),
            "tipAvailable": wording.solution,
            "feedbackAvailable": wording.feedback,
            "readFeedback": wording.feedback,
            "wrongAnswer": wording.wrong,
            "correctAnswer": wording.right,
            "shouldCheck": wording.right,
            "shouldNotCheck": wording.wrong,
            "noInput": wording.missing,
            "a11yCheck": wording.check,
            "a11yShowSolution": wording.show,
            "a11yRetry": wording.retry,
        },
        **_dialogs(wording),
    }


def truth_words(wording: QuizWording) -> dict[str, Any]:
    """Return the words of H5P.TrueFalse 1.8."""
    return {
        "l10n": {
            "trueText": wording.true,
            "falseText": wording.false,
            "score": wording.score,
            "checkAnswer": wording.check,
            "submitAnswer": wording.check,
            "showSolutionButton": wording.show,
            "tryAgain": wording.retry,
            "wrongAnswerMessage": wording.wrong,
            "correctAnswerMessage": wording.right,
            "scoreBarLabel": _points(wording),
            "a11yCheck": wording.check,
            "a11yShowSolution": wording.show,
            "a11yRetry": wording.retry,
        },
        **_dialogs(wording),
    }


def blanks_words(wording: QuizWording) -> dict[str, Any]:
    """Return the words of H5P.Blanks 1.14."""
    return {
        "showSolutions": wording.show,
        "tryAgain": wording.retry,
        "checkAnswer": wording.check,
        "submitAnswer": wording.check,
        "notFilledOut": wording.missing,
        "answerIsCorrect": f":ans – {wording.right}",
        "answerIsWrong": f":ans – {wording.wrong}",
        "answeredCorrectly": wording.right,
        "answeredIncorrectly": wording.wrong,
        "solutionLabel": f"{wording.solution}:",
        "inputLabel": f"{wording.answer} @num/@total",
        "inputHasTipLabel": wording.solution,
        "tipLabel": wording.solution,
        "scoreBarLabel": _points(wording),
        "a11yCheck": wording.check,
        "a11yShowSolution": wording.show,
        "a11yRetry": wording.retry,
        "a11yCheckingModeHeader": wording.check,
        **_dialogs(wording),
    }


def set_words(wording: QuizWording) -> dict[str, Any]:
    """Return the words of H5P.QuestionSet 1.20 around its questions."""
    return {
        "texts": {
            "prevButton": wording.back,
            "nextButton": wording.next,
            "finishButton": wording.finish,
            "submitButton": wording.finish,
            "textualProgress": wording.progress,
            "questionLabel": wording.question,
            "jumpToQuestion": wording.jump,
            "readSpeakerProgress": wording.progress,
            "unansweredText": wording.missing,
            "answeredText": wording.answer,
            "currentQuestionText": wording.question,
            "navigationLabel": wording.question,
        },
        "endGame": {
            "showResultPage": True,
            "showSolutionButton": True,
            "showRetryButton": True,
            "noResultMessage": wording.finish,
            "message": wording.result,
            "scoreBarLabel": _points(wording),
            "overallFeedback": [{"from": 0, "to": 100, "feedback": wording.score}],
            "solutionButtonText": wording.show,
            "retryButtonText": wording.retry,
            "finishButtonText": wording.finish,
            "submitButtonText": wording.finish,
            "showAnimations": False,
        },
        "override": {"checkButton": True},
    }


def _points(wording: QuizWording) -> str:
    return wording.score.replace("@score", ":num").replace("@total", ":total")
