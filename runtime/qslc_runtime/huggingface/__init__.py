"""Generated layers in PyTorch models, such as those of ``transformers``.

``qslc_runtime.insert``, ``load_adapter``, ``get_adapter`` and ``from_hub`` come here with a model
that is a ``torch.nn.Module``, on Keras's torch backend.
"""
