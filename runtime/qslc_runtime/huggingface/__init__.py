"""Generated layers in PyTorch models, such as those of ``transformers``.

``qslc_runtime.insert``, and with it ``load_adapter``, and ``get_adapter`` come here with a model
that is a ``torch.nn.Module``, on Keras's torch backend.
"""
