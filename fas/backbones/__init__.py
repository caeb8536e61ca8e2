"""Feature extractors that any method which trains across domains can be handed: the `plug and play` of paper 001.

    from fas.backbones.build import build, start
    network = build(params)                  # a Backbone, random weights; params: a BackboneParams (params.py)
    vector, map, levels = network(images, cues)

| name | sees | is | in |
|---|---|---|---|
| resnet18 | the image | ResNet-18 | resnet.py |
| maddg | the image | the ten convolutions of MADDG and SSDG-M with their embedder | maddg.py |
| vit | the image | a Vision Transformer, torchvision's | vit.py |
| residual | the cue | the same, on the residual alone | vit.py |
| dual | both | two Vision Transformers, their features side by side | vit.py |
| oanet | both | the off-real attention network: a Vision Transformer whose layers also attend to the cue | oanet.py |

Every backbone gives a `vector`, a `map`, and `levels`: three maps of growing depth, for those who read statistics on the way (SSAN's style
branch). `width`, `channels` and `level_channels` say how wide they are. SSAN can be handed every one of them: it takes its content from
`map`, or from `levels[2]`, which in a ResNet-18 is layer3's output as in SSAN-R (`stages: 3` leaves layer4 out). The levels of a
Vision Transformer are the patch tokens after a quarter, a half and three quarters of its layers; all are of one size.
"""
