"""What stays warm between trainings: documents, encoder, pretrained weights, one network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.calibration.fit import initial_thresholds
from model.calibration.test_split_access import origin_of
from model.config import ModelConfig
from model.data.document import Document
from model.data.loaders import Documents
from model.data.source import Corpus, DataConfig, load_corpus
from model.encoder.loading import Pretrained, load_encoder
from model.errors import ModelError
from model.hyperparameters import Hyperparameters
from model.inference.preparation import prepare_documents
from model.network.joint import JointModel
from model.runtime import prepare_process
from model.thresholds.thresholds import ThresholdSet


class Workbench:
    """Data and encoder of a model configuration, loaded once.

    Args:
        model: The ``model:`` options of a thread file.
        data: Its ``data:`` options.
        base_dir: Its folder.
    """

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:
        self.config = ModelConfig.from_mapping(model)
        self.data = DataConfig.from_mapping(data)
        self.options = dict(data)
        self.base_dir = base_dir
        self._loaded = False

    def prepare(self) -> None:
        """Loads everything; further calls cost nothing."""
        if self._loaded:
            return
        prepare_process()
        self.corpus: Corpus = load_corpus(self.data, self.base_dir)
        self._require_labels("validation", self.corpus.validation)
        self.pretrained: Pretrained = load_encoder(self.config.encoder, self.base_dir)
        self.train = self.encode(self.corpus.train)
        self.validation = self.encode(self.corpus.validation)
        self._state = {name: value.clone() for name, value in self.pretrained.network.state_dict().items()}
        self.model = JointModel(self.pretrained.network, self.config, self.corpus.schema)
        self._loaded = True

    def _require_labels(self, side: str, documents: Sequence[Document]) -> None:
        """Refuse documents without a relation where relations are the score: every trial would score 0.

        Raises:
            ModelError: Naming the score.
        """
        if self.config.metric.startswith("rel") and not any(document.scored_relations for document in documents):
            raise ModelError(
                f"the {side} documents must state relations for the score {self.config.metric}, "
                f"the {len(documents)} given state none",
                "name labelled documents, or another score in the model options, such as entity_f1_micro",
            )

    def encode(self, documents: Sequence[Document]) -> Documents:
        """Documents with their pieces."""
        return prepare_documents(documents, self.pretrained.tokenizer, self.pretrained.config, self.config)

    def fresh_model(self, seed: int, hyperparameters: Hyperparameters) -> JointModel:
        """The network with pretrained encoder and newly drawn heads; the one handed out before is no longer valid."""
        model = self.model.to("cpu")
        torch.manual_seed(seed)
        with torch.no_grad():
            model.encoder.network.load_state_dict(self._state)
        model.initialize_heads()
        model.set_dropout(hyperparameters.dropout, hyperparameters.encoder_dropout)
        model.zero_grad(set_to_none=True)
        return model.train()

    def thresholds(self) -> ThresholdSet:
        """The thresholds a training begins with."""
        return initial_thresholds(self.config)

    def origin(self) -> dict[str, Any]:
        """Where the documents came from, for a checkpoint's card."""
        return origin_of(self.options, self.base_dir)

    def facts(self) -> dict[str, Any]:
        """What a sprint's manifest should say about data and encoder."""
        schema = self.corpus.schema
        return {
            "n_train": len(self.train),
            "n_val": len(self.validation),
            "data_hash": self.corpus.data_hash,
            "n_entity_types": len(schema.entity_types),
            "n_relation_types": len(schema.relation_types),
            "encoder": self.config.encoder,
            "encoder_source": self.pretrained.source,
            "n_parameters": sum(p.numel() for p in self.model.parameters()),
            "mean_pieces": float(np.mean([d.n_pieces for d in self.train.encoded])),
        }
