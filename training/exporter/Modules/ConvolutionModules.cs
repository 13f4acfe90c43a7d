using TorchSharp;
using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Modules;

/// <summary>Convolutions over one, two and three dimensions.</summary>
internal static class ConvolutionModules
{
    public static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry) => registry
        .With<Conv1d>(ExportConvolution)
        .With<Conv2d>(ExportConvolution)
        .With<Conv3d>(ExportConvolution)
        .With<ConvTranspose1d>(ExportTransposed)
        .With<ConvTranspose2d>(ExportTransposed)
        .With<ConvTranspose3d>(ExportTransposed);

    private static OnnxValue ExportConvolution(OnnxGraph graph, Convolution module, OnnxValue input)
    {
        (OnnxValue weight, OnnxValue? bias) = Parameters(graph, module, input);
        long[] pads = Pads(graph, module);
        if (PadMode(graph, module) is { } mode && pads.Any(pad => pad > 0))
        {
            // Pad counts every dimension; the batch and the channels get none.
            int dimensions = module.kernel_size.Length;
            long[] all = [0, 0, .. pads[..dimensions], 0, 0, .. pads[dimensions..]];
            OnnxValue sizes = graph.Constant(OnnxTensor.Of<long>(all, all.Length), "pads");
            input = graph.AddNode("Pad", [input, sizes], [OnnxAttribute.String("mode", mode)], rank: input.Rank);
            pads = new long[pads.Length];
        }

        return graph.AddNode("Conv", [input, weight, bias], Attributes(module, pads), rank: input.Rank);
    }

    private static OnnxValue ExportTransposed(OnnxGraph graph, Convolution module, OnnxValue input)
    {
        (OnnxValue weight, OnnxValue? bias) = Parameters(graph, module, input);

        // ConvolutionTranspose._output_padding of TorchSharp 0.107 uses the first number for every dimension.
        if (module.output_padding.Distinct().Count() > 1)
            throw graph.NotSupported("its output_padding differs between dimensions, which TorchSharp doesn't honour; make it equal");
        if (module.output_padding.Zip(module.stride).Any(pair => pair.First >= pair.Second && pair.First > 0))
            throw graph.NotSupported("its output_padding isn't below its stride, which ONNX Runtime doesn't take");
        OnnxAttribute[] attributes =
        [
            .. Attributes(module, Pads(graph, module)),
            OnnxAttribute.Ints("output_padding", module.output_padding),
        ];
        return graph.AddNode("ConvTranspose", [input, weight, bias], attributes, rank: input.Rank);
    }

    private static (OnnxValue Weight, OnnxValue? Bias) Parameters(OnnxGraph graph, Convolution module, OnnxValue input)
    {
        OnnxValue weight = graph.Parameter("weight", module.weight);
        graph.RequireRank(input, module.kernel_size.Length + 2);
        graph.RequireTypeOf(input, weight);
        return (weight, module.bias is { } bias ? graph.Parameter("bias", bias) : null);
    }

    private static OnnxAttribute[] Attributes(Convolution module, long[] pads) =>
    [
        OnnxAttribute.Ints("kernel_shape", module.kernel_size),
        OnnxAttribute.Ints("strides", module.stride),
        OnnxAttribute.Ints("pads", pads),
        OnnxAttribute.Ints("dilations", module.dilation),
        OnnxAttribute.Int("group", module.groups),
    ];

    // ONNX lists the padding before every dimension, then the padding after every dimension.
    private static long[] Pads(OnnxGraph graph, Convolution module)
    {
        if (module.padding is { } padding)
            return [.. padding, .. padding];
        if (module.padding_type == Padding.Valid)
            return new long[2 * module.kernel_size.Length];

        // With another padding mode than zeros, TorchSharp 0.107 gives the padding of one dimension to another.
        long[] total = [.. module.kernel_size.Zip(module.dilation, (size, dilation) => dilation * (size - 1))];
        if (PadMode(graph, module) is not null && total.Distinct().Count() > 1)
        {
            throw graph.NotSupported(
                "its padding is Same in another mode than zeros, and its kernel isn't square; give the padding in numbers");
        }

        return [.. total.Select(size => size / 2), .. total.Select(size => size - (size / 2))];
    }

    private static string? PadMode(OnnxGraph graph, Convolution module) => module.padding_mode switch
    {
        PaddingModes.Zeros or PaddingModes.Constant => null,
        PaddingModes.Reflect => "reflect",
        PaddingModes.Replicate => "edge",
        _ => throw graph.NotSupported($"its padding_mode is {module.padding_mode}, and ONNX pads with zeros, by reflection or by the edge"),
    };
}
