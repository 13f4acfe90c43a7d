using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class LayerOperationTests
{
    private static readonly Dictionary<string, (Func<Tensor, Weights, Tensor> Function, long[] Shape)> s_functions = new()
    {
        ["linear"] = ((x, w) => F.linear(x, w.Of(5, 4), w.Of(5)), [2, 4]),
        ["linear without a bias"] = ((x, w) => F.linear(x, w.Of(5, 4)), [2, 3, 4]),
        ["linear by a vector"] = ((x, w) => F.linear(x, w.Of(4)), [2, 3, 4]),
        ["bilinear"] = ((x, w) => F.bilinear(x, x * 2, w.Of(5, 4, 4), w.Of(5)), [2, 3, 4]),
        ["conv1d"] = ((x, w) => F.conv1d(x, w.Of(5, 3, 3), w.Of(5), 2, 1, 2), [2, 3, 12]),
        ["conv1d, defaults"] = ((x, w) => F.conv1d(x, w.Of(5, 3, 3)), [2, 3, 12]),
        ["conv2d"] = ((x, w) => F.conv2d(x, w.Of(6, 2, 3, 2), w.Of(6), [2, 1], [1, 0], [1, 2], 2), [2, 4, 8, 9]),
        ["conv2d, one number"] = ((x, w) => F.conv2d(x, w.Of(6, 4, 3, 3), padding: [1]), [2, 4, 8, 9]),
        ["conv2d of one sample"] = ((x, w) => F.conv2d(x[0], w.Of(6, 4, 3, 3)) + F.conv2d(x, w.Of(6, 4, 3, 3)), [2, 4, 8, 9]),
        ["conv3d"] = ((x, w) => F.conv3d(x, w.Of(6, 4, 3, 2, 1), w.Of(6), padding: [1, 1, 0]), [2, 4, 5, 5, 4]),
        ["conv1d to the same size"] = ((x, w) => F.conv1d_padding(x, w.Of(5, 3, 4), padding: Padding.Same), [2, 3, 12]),
        ["conv2d to the same size"] = ((x, w) => F.conv2d_padding(x, w.Of(5, 3, 4, 3), w.Of(5), padding: Padding.Same, dilation: [1, 2]), [2, 3, 9, 8]),
        ["conv2d, valid"] = ((x, w) => F.conv2d_padding(x, w.Of(5, 3, 4, 3), strides: [2, 1], padding: Padding.Valid), [2, 3, 9, 8]),
        ["conv3d to the same size"] = ((x, w) => F.conv3d_padding(x, w.Of(5, 3, 2, 3, 1), padding: Padding.Same), [2, 3, 4, 5, 3]),
        ["conv_transpose1d"] = ((x, w) => F.conv_transpose1d(x, w.Of(3, 5, 3), w.Of(5), 2, 1, 1), [2, 3, 6]),
        ["conv_transpose2d"] = ((x, w) => F.conv_transpose2d(x, w.Of(4, 3, 3, 2), w.Of(6), [2, 3], [1, 0], [0, 1], [1, 2], 2), [2, 4, 5, 4]),
        ["conv_transpose3d"] = ((x, w) => F.conv_transpose3d(x, w.Of(4, 3, 2, 2, 2), strides: [2]), [2, 4, 3, 3, 2]),
        ["prelu"] = ((x, w) => F.prelu(x, w.Of(3)), [2, 3, 4]),
        ["batch_norm"] = ((x, w) => F.batch_norm(x, w.Of(4), w.Of(4).abs(), w.Of(4), w.Of(4), eps: 0.01), [2, 4, 3]),
        ["batch_norm of a matrix, without parameters"] = ((x, w) => F.batch_norm(x, w.Of(4), w.Of(4).abs()), [2, 4]),
        ["layer_norm"] = ((x, w) => F.layer_norm(x, [4, 3], w.Of(4, 3), w.Of(4, 3), 0.01), [2, 5, 4, 3]),
        ["layer_norm without parameters"] = ((x, w) => F.layer_norm(x, [3]), [2, 5, 4, 3]),
        ["group_norm"] = ((x, w) => F.group_norm(x, 2, w.Of(6), w.Of(6), 0.01), [2, 6, 4, 3]),
        ["group_norm without parameters"] = ((x, w) => F.group_norm(x, 3), [2, 6, 4]),
        ["group_norm of vectors"] = ((x, w) => F.group_norm(x, 3, w.Of(6)), [2, 6]),
        ["instance_norm"] = ((x, w) => F.instance_norm(x, weight: w.Of(4), bias: w.Of(4)), [2, 4, 3, 5]),
        ["instance_norm without parameters"] = ((x, w) => F.instance_norm(x, eps: 0.1), [2, 4, 7]),
        ["instance_norm by running statistics"] = ((x, w) => F.instance_norm(x, w.Of(4), w.Of(4).abs(), use_input_stats: false), [2, 4, 7]),
        ["local_response_norm"] = ((x, w) => F.local_response_norm(x, 3, 0.1, 0.7, 2), [2, 7, 3]),
        ["local_response_norm of an even size"] = ((x, w) => F.local_response_norm(x, 4, 0.1), [2, 7, 3, 2]),
        ["local_response_norm in space"] = ((x, w) => F.local_response_norm(x, 2, 0.5), [2, 5, 3, 2, 4]),
        ["dropout"] = ((x, w) => F.dropout(x, 0.5, w.training) + F.dropout(x, 0) + F.alpha_dropout(x, training: false), [2, 3]),
        ["dropout in place"] = ((x, w) => F.dropout(x * 1, 0.5, w.training, inplace: true).add_(1), [2, 3]),
        ["dropout of channels"] = ((x, w) => F.dropout2d(x, 0.5, w.training) + F.dropout3d(x, 0.5, w.training) + F.feature_alpha_dropout(x, 0.5, w.training), [2, 3, 4, 5]),
        ["dropout1d"] = ((x, w) => F.dropout1d(x, 0.5, w.training), [2, 3, 4]),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_gives_the_same(string name)
    {
        using var module = new Weights(s_functions[name].Function);
        TraceAssert.Right(module, [randn(s_functions[name].Shape)], new OnnxTraceOptions(), 1e-4);
    }

    [Fact]
    public void Modules_without_an_exporter_are_followed()
    {
        var modules = new (nn.Module<Tensor, Tensor>, long[])[]
        {
            (nn.InstanceNorm1d(3), [2, 3, 5]), (nn.InstanceNorm2d(3, affine: true), [2, 3, 5, 4]), (nn.InstanceNorm3d(3, track_running_stats: true), [2, 3, 5, 4, 2]),
            (nn.LocalResponseNorm(3), [2, 5, 4, 4]), (nn.PReLU(3), [2, 3, 4]), (nn.Hardtanh(-0.5, 0.5), [2, 3]),
            (nn.Conv2d(3, 4, 3, padding: 1, padding_mode: PaddingModes.Circular), [2, 3, 5, 4]),
            (nn.Conv2d(3, 4, (2, 3), Padding.Same, padding_mode: PaddingModes.Reflect), [2, 3, 5, 5]),
        };
        foreach ((nn.Module<Tensor, Tensor> module, long[] shape) in modules)
            TraceAssert.Right(module, randn(shape));
    }

    [Fact]
    public void A_transposed_convolution_may_be_asked_for_a_size()
    {
        using var module = new Upscaling();
        TraceAssert.Right(module, [randn(2, 3, 5)], new OnnxTraceOptions(), 1e-4);
    }

    [Fact]
    public void A_bilinear_module_is_followed() => TraceAssert.Right(nn.Bilinear(4, 3, 5), randn(2, 4), randn(2, 3));

    [Fact]
    public void A_linear_function_may_be_of_whole_numbers() => TraceAssert.Right(
        new Lambda2((x, w) => F.linear(x, w.narrow(0, 0, 1))), randint(9, [2, 4], ScalarType.Int64), randint(9, [2, 4], ScalarType.Int64));

    [Fact]
    public void What_is_done_in_training_is_refused()
    {
        Refused(x => F.dropout(x), "training: training");
        Refused(x => F.batch_norm(x, zeros(3), ones(3), training: true), "batch_norm changes a tensor that it is given");
    }

    private static void Refused(Func<Tensor, Tensor> function, string said)
    {
        using var module = new Lambda(function);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [randn(2, 3)]));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    private sealed class Upscaling : nn.Module<Tensor, Tensor>
    {
        private readonly ConvTranspose1d convolution = nn.ConvTranspose1d(3, 4, 3, stride: 2);

        public Upscaling()
            : base("upscaling") => RegisterComponents();

        public override Tensor forward(Tensor x) => convolution.forward(x, [12]);
    }

    // Weights are parameters, made when they are first asked for.
    internal sealed class Weights : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Weights, Tensor> _function;
        private readonly List<Parameter> _weights = [];
        private int _next;

        public Weights(Func<Tensor, Weights, Tensor> function)
            : base("weights") => _function = function;

        public Parameter Of(params long[] shape)
        {
            if (_next == _weights.Count)
            {
                _weights.Add((Parameter)nn.Parameter(randn(shape)).DetachFromDisposeScope());
                register_parameter($"weight{_next}", _weights[_next]);
            }

            return _weights[_next++];
        }

        public override Tensor forward(Tensor x)
        {
            _next = 0;
            return _function(x, this);
        }
    }
}
