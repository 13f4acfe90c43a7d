using MnistAdder.OnnxExport.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Convolutions, and products with a layer's weights.</summary>
internal static class ConvolutionOperations
{
    [Lowering("conv1d", "conv2d", "conv3d", "conv1d_padding", "conv2d_padding", "conv3d_padding")]
    private static OnnxValue Convolution(Operation operation)
    {
        var window = new Window(operation);
        long[] padding = operation.Argument("padding") is Padding kind ? window.Padding(kind) : [.. window.PerDimension(0, "padding"), .. window.PerDimension(0, "padding")];
        return Convolved(operation, "Conv", window, [.. window.Attributes, OnnxAttribute.Ints("pads", padding)]);
    }

    [Lowering("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")]
    private static OnnxValue Transposed(Operation operation)
    {
        var window = new Window(operation);
        long[] padding = window.PerDimension(0, "padding"), outputPadding = window.PerDimension(0, "output_padding");
        if (outputPadding.Zip(window.Strides).Any(pair => pair.First >= pair.Second && pair.First > 0))
            throw operation.NotSupported("output_padding isn't below stride, which ONNX Runtime doesn't take", "Pad the output");
        return Convolved(
            operation, "ConvTranspose", window, [.. window.Attributes, OnnxAttribute.Ints("pads", [.. padding, .. padding]), OnnxAttribute.Ints("output_padding", outputPadding)]);
    }

    [Lowering("linear")]
    private static OnnxValue Linear(Operation operation)
    {
        (OnnxGraph graph, OnnxValue input) = (operation.Graph, operation.Self);
        (OnnxValue weight, OnnxValue? bias) = (operation.Input("weights"), operation.InputOrNull("bias"));

        // Gemm takes matrices of fractions only; both forms keep the weight as the state dictionary has it, [out, in].
        if (input is { Rank: 2, ElementType: OnnxElementType.Float or OnnxElementType.Double or OnnxElementType.Float16 } && weight.Rank == 2)
            return graph.AddNode("Gemm", [input, weight, bias], [OnnxAttribute.Bool("transB", true)], rank: 2);
        OnnxValue product = graph.AddNode("MatMul", [input, weight.Rank == 1 ? weight : graph.Transpose(weight, 1, 0)], rank: operation.OutputShape.Count);
        return bias is null ? product : graph.AddNode("Add", [product, bias], rank: operation.OutputShape.Count);
    }

    [Lowering("bilinear")]
    private static OnnxValue Bilinear(Operation operation)
    {
        OnnxValue product = operation.Graph.AddNode(
            "Einsum",
            [operation.Input("input1"), operation.Input("weight"), operation.Input("input2")],
            [OnnxAttribute.String("equation", "...i,oij,...j->...o")],
            rank: operation.OutputShape.Count);
        return operation.InputOrNull("bias") is { } bias ? operation.Graph.Add(product, bias) : product;
    }

    // ONNX takes batches only, and ONNX Runtime convolves float only.
    private static OnnxValue Convolved(Operation operation, string opType, Window window, ReadOnlySpan<OnnxAttribute> attributes)
    {
        operation.RequireFloat();
        OnnxGraph graph = operation.Graph;
        bool isSingle = operation.Rank == window.Dimensions + 1;
        OnnxValue input = isSingle ? graph.Unsqueeze(operation.Self, 0) : operation.Self;
        OnnxValue output = graph.AddNode(opType, [input, operation.Input("weight"), operation.InputOrNull("bias")], attributes, rank: input.Rank);
        return isSingle ? graph.Squeeze(output, 0) : output;
    }

    // What a convolution's arguments say for each of the dimensions that it moves along.
    private sealed class Window
    {
        private readonly Operation _operation;
        private readonly long[] _kernel;
        private readonly long[] _dilations;

        public Window(Operation operation)
        {
            _operation = operation;
            Dimensions = operation.Name.First(char.IsAsciiDigit) - '0';
            IReadOnlyList<TracedSize?> weight = operation.ShapeOf((Tensor)operation.Argument("weight")!);
            _kernel = [.. weight.Skip(2).Select(size => size is { IsConstant: true } known
                ? known.Constant
                : throw operation.NotSupported("the size of a convolution's kernel follows the size of an input", "Give it a fixed size"))];
            Strides = PerDimension(1, "stride", "strides");
            _dilations = PerDimension(1, "dilation");
        }

        public int Dimensions { get; }

        public long[] Strides { get; }

        public OnnxAttribute[] Attributes =>
        [
            OnnxAttribute.Ints("kernel_shape", _kernel),
            OnnxAttribute.Ints("strides", Strides),
            OnnxAttribute.Ints("dilations", _dilations),
            OnnxAttribute.Int("group", _operation.Integer(1, "groups")),
        ];

        public long[] PerDimension(long missing, params ReadOnlySpan<string> names) => _operation.PerDimension(Dimensions, missing, names);

        // ONNX lists the padding before every dimension, then that after every dimension.
        public long[] Padding(Padding kind)
        {
            if (kind == TorchSharp.Padding.Valid)
                return new long[2 * Dimensions];
            long[] total = [.. _kernel.Zip(_dilations, (size, dilation) => dilation * (size - 1))];
            return [.. total.Select(size => size / 2), .. total.Select(size => size - (size / 2))];
        }
    }
}
