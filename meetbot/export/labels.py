"""The headings of an export in the language of the notes. Languages that are not listed get English."""

from __future__ import annotations

import re
from dataclasses import dataclass

from meetbot.domain import Section


@dataclass(frozen=True, slots=True)
class Labels:
    """Every fixed phrase that a reader of the notes sees."""

    overview: str = "Overview"
    decisions: str = "Decisions"
    action_items: str = "Action items"
    open_questions: str = "Open questions"
    topics: str = "Topics"
    unverified: str = "Unverified"
    speakers: str = "Speakers"
    transcript: str = "Transcript"
    none: str = "None."
    not_said: str = "The recording does not say."
    not_translated: str = "not translated"
    reasons: tuple[str, ...] = (
        "it cites no turn",
        "there is no turn {0}",
        "the number {0} is not in {1}",
        "the name {0} is not in {1}",
        "its words are not in {0}",
        "{0} is not in {1}",
    )
    due: str = "due"
    earlier: str = "Earlier"
    context: str = "Context"
    unassigned: str = "Nobody"
    speaker: str = "Speaker"
    talk_time: str = "Talk time"
    decision: str = "Decision"
    action_item: str = "Action item"
    open_question: str = "Open question"
    unverified_note: str = "The recording does not bear these out as they stand: check before relying on them."

    def reason(self, english: str) -> str:
        """Why something is unverified, as the notes say it in English, in this language."""
        for pattern, text in zip(_ENGLISH.reasons, self.reasons, strict=True):
            found = re.fullmatch(re.sub(r"\\{\d\\}", "(.+)", re.escape(pattern)), english)
            if found:
                return text.format(*found.groups())
        return english

    def marked(self, text: str, language: str | None) -> str:
        """`text`, with a remark if it is not in the language of the notes."""
        return f"{text} ({self.not_translated})" if language else text

    def heading(self, section: Section) -> str:
        """What stands above `section`: what its template says, or the usual words."""
        usual = {
            "overview": self.overview,
            "decisions": self.decisions,
            "action_items": self.action_items,
            "open_questions": self.open_questions,
            "topics": self.topics,
        }
        return section.heading or usual.get(section.kind, "")


_LABELS = {
    "de": Labels(
        overview="Überblick",
        decisions="Beschlüsse",
        action_items="Aufgaben",
        open_questions="Offene Fragen",
        topics="Themen",
        unverified="Nicht belegt",
        speakers="Sprecher",
        transcript="Transkript",
        none="Keine.",
        not_said="Die Aufnahme sagt dazu nichts.",
        not_translated="nicht übersetzt",
        reasons=(
            "es nennt keine Stelle",
            "es gibt keine Stelle {0}",
            "die Zahl {0} kommt in {1} nicht vor",
            "der Name {0} kommt in {1} nicht vor",
            "seine Wörter kommen in {0} nicht vor",
            "{0} kommt in {1} nicht vor",
        ),
        due="bis",
        earlier="Zuvor",
        context="Umfeld",
        unassigned="Niemand",
        speaker="Sprecher",
        talk_time="Redezeit",
        decision="Beschluss",
        action_item="Aufgabe",
        open_question="Offene Frage",
        unverified_note="Die Aufnahme belegt dies so nicht: vor Gebrauch prüfen.",
    ),
    "fr": Labels(
        overview="Résumé",
        decisions="Décisions",
        action_items="Actions à mener",
        open_questions="Questions ouvertes",
        topics="Sujets",
        unverified="Non vérifié",
        speakers="Intervenants",
        transcript="Transcription",
        none="Aucune.",
        not_said="L’enregistrement ne le dit pas.",
        not_translated="non traduit",
        reasons=(
            "aucun passage cité",
            "il n’y a pas de passage {0}",
            "le nombre {0} n’est pas dans {1}",
            "le nom {0} n’est pas dans {1}",
            "ses mots ne sont pas dans {0}",
            "{0} n’est pas dans {1}",
        ),
        due="échéance",
        earlier="Auparavant",
        context="Contexte",
        unassigned="Personne",
        speaker="Intervenant",
        talk_time="Temps de parole",
        decision="Décision",
        action_item="Action",
        open_question="Question ouverte",
        unverified_note="L’enregistrement ne confirme pas ces points tels quels : à vérifier.",
    ),
    "es": Labels(
        overview="Resumen",
        decisions="Decisiones",
        action_items="Tareas",
        open_questions="Preguntas abiertas",
        topics="Temas",
        unverified="Sin verificar",
        speakers="Participantes",
        transcript="Transcripción",
        none="Ninguna.",
        not_said="La grabación no lo dice.",
        not_translated="sin traducir",
        reasons=(
            "no cita ningún turno",
            "no existe el turno {0}",
            "el número {0} no está en {1}",
            "el nombre {0} no está en {1}",
            "sus palabras no están en {0}",
            "{0} no está en {1}",
        ),
        due="para",
        earlier="Antes",
        context="Contexto",
        unassigned="Nadie",
        speaker="Participante",
        talk_time="Tiempo de palabra",
        decision="Decisión",
        action_item="Tarea",
        open_question="Pregunta abierta",
        unverified_note="La grabación no confirma esto tal como está: compruébelo antes de usarlo.",
    ),
    "pt": Labels(
        overview="Resumo",
        decisions="Decisões",
        action_items="Tarefas",
        open_questions="Questões em aberto",
        topics="Temas",
        unverified="Não verificado",
        speakers="Participantes",
        transcript="Transcrição",
        none="Nenhuma.",
        not_said="A gravação não diz.",
        not_translated="não traduzido",
        reasons=(
            "não cita nenhuma fala",
            "não existe a fala {0}",
            "o número {0} não está em {1}",
            "o nome {0} não está em {1}",
            "as suas palavras não estão em {0}",
            "{0} não está em {1}",
        ),
        due="até",
        earlier="Antes",
        context="Contexto",
        unassigned="Ninguém",
        speaker="Participante",
        talk_time="Tempo de fala",
        decision="Decisão",
        action_item="Tarefa",
        open_question="Questão em aberto",
        unverified_note="A gravação não confirma isto tal como está: verifique antes de usar.",
    ),
    "ja": Labels(
        overview="概要",
        decisions="決定事項",
        action_items="タスク",
        open_questions="未解決の質問",
        topics="議題",
        unverified="未確認",
        speakers="話者",
        transcript="文字起こし",
        none="なし。",
        not_said="録音では触れられていません。",
        not_translated="未翻訳",
        reasons=(
            "引用された発言がありません",
            "発言 {0} はありません",
            "数 {0} は {1} にありません",
            "名前 {0} は {1} にありません",
            "その言葉は {0} にありません",
            "{0} は {1} にありません",
        ),
        due="期限",
        earlier="以前",
        context="前後の発言",
        unassigned="担当未定",
        speaker="話者",
        talk_time="発言時間",
        decision="決定",
        action_item="タスク",
        open_question="質問",
        unverified_note="録音からそのままは確認できません。利用前にご確認ください。",
    ),
    "zh": Labels(
        overview="概述",
        decisions="决定",
        action_items="待办事项",
        open_questions="未决问题",
        topics="议题",
        unverified="未核实",
        speakers="发言人",
        transcript="文字记录",
        none="无。",
        not_said="录音中没有提到。",
        not_translated="未翻译",
        reasons=(
            "没有引用任何发言",
            "没有发言 {0}",
            "{1} 中没有数字 {0}",
            "{1} 中没有名字 {0}",
            "{0} 中没有这些词",
            "{1} 中没有 {0}",
        ),
        due="期限",
        earlier="此前",
        context="上下文",
        unassigned="未指定",
        speaker="发言人",
        talk_time="发言时长",
        decision="决定",
        action_item="待办",
        open_question="问题",
        unverified_note="录音未能完全证实以下内容，使用前请核对。",
    ),
}
_ENGLISH = Labels()


def labels(language: str) -> Labels:
    """The phrases in `language`, an ISO 639-1 code with or without a region ("pt-BR")."""
    return _LABELS.get(language.lower().replace("_", "-").split("-")[0], _ENGLISH)
