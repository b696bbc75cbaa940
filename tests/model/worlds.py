"""Networks and documents the tests of the model share: a tiny encoder on the built-in world."""

import torch

from model.config import ModelConfig
from model.data.atlas import generate
from model.data.document import Document
from model.data.loaders import Documents
from model.data.schema import LabelSchema
from model.encoder.loading import Pretrained, load_encoder
from model.inference.preparation import prepare_documents
from model.network.joint import JointModel


def make_documents(n: int = 4, seed: int = 0) -> list[Document]:
    return generate(n, seed=seed)


def make_network(documents: list[Document], **options: object) -> tuple[JointModel, Pretrained]:
    """Weights larger than those of a fresh network, so that scores differ from span to span."""
    pretrained = load_encoder("tiny")
    config = ModelConfig.from_mapping({"encoder": "tiny", **options})
    torch.manual_seed(0)
    network = JointModel(pretrained.network, config, LabelSchema.from_documents(documents))
    for head in network.heads().values():
        for parameter in head.parameters():
            torch.nn.init.normal_(parameter, std=0.15)
    return network.eval(), pretrained


def prepare(documents: list[Document], network: JointModel, pretrained: Pretrained) -> Documents:
    return prepare_documents(documents, pretrained.tokenizer, network.encoder.config, network.config)
