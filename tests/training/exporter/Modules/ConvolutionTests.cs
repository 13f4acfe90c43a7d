using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Modules;

public class ConvolutionTests
{
    private static readonly Gen<(long Kernel, long Stride, long Padding, long Dilation)> Window =
        Gen.Select(Gen.Long[1, 4], Gen.Long[1, 3], Gen.Long[0, 3], Gen.Long[1, 2]);

    private static readonly Gen<(long Groups, long In, long Out)> Channels =
        from groups in Gen.Long[1, 3]
        from inputs in Gen.Long[1, 3]
        from outputs in Gen.Long[1, 3]
        select (groups, inputs * groups, outputs * groups);

    [Fact]
    public void Conv1d_gives_what_TorchSharp_gives_at_any_setting() => Gen.Select(Window, Channels, Gen.Bool).Sample(
        (window, channels, bias) =>
        {
            using var module = nn.Conv1d(
                channels.In,
                channels.Out,
                window.Kernel,
                window.Stride,
                window.Padding,
                window.Dilation,
                groups: channels.Groups,
                bias: bias);
            using Tensor input = randn(2, channels.In, 13);
            ModelAssert.SameOutputs(module, input);
        },
        iter: 40,
        threads: 1);

    [Fact]
    public void Conv2d_gives_what_TorchSharp_gives_at_any_setting() => Gen.Select(Window, Window, Channels, Gen.Bool).Sample(
        (rows, columns, channels, bias) =>
        {
            using var module = nn.Conv2d(
                channels.In,
                channels.Out,
                (rows.Kernel, columns.Kernel),
                (rows.Stride, columns.Stride),
                (rows.Padding, columns.Padding),
                (rows.Dilation, columns.Dilation),
                groups: channels.Groups,
                bias: bias);
            using Tensor input = randn(2, channels.In, 11, 9);
            ModelAssert.SameOutputs(module, input);
        },
        iter: 60,
        threads: 1);

    [Fact]
    public void Conv3d_gives_what_TorchSharp_gives()
    {
        using var module = nn.Conv3d(2, 3, (1, 2, 3), (2, 1, 1), (0, 1, 2));
        using Tensor input = randn([2, 2, 5, 6, 7]);
        ModelAssert.SameOutputs(module, input);
    }

    [Theory]
    [InlineData(3, 5, 1)]
    [InlineData(4, 2, 1)]
    [InlineData(2, 5, 2)]
    public void Padding_to_the_same_size_gives_what_TorchSharp_gives(long rows, long columns, long dilation)
    {
        using var module = nn.Conv2d(2, 3, (rows, columns), Padding.Same, dilation: (dilation, 1));
        using Tensor input = randn(2, 2, 9, 8);
        ModelAssert.SameOutputs(module, input);
    }

    [Fact]
    public void No_padding_gives_what_TorchSharp_gives()
    {
        using var module = nn.Conv2d(2, 3, 3, Padding.Valid, stride: 2);
        using Tensor input = randn(2, 2, 9, 8);
        ModelAssert.SameOutputs(module, input);
    }

    [Theory]
    [InlineData(PaddingModes.Reflect)]
    [InlineData(PaddingModes.Replicate)]
    [InlineData(PaddingModes.Constant)]
    public void Padding_modes_that_ONNX_has_give_what_TorchSharp_gives(PaddingModes mode)
    {
        using var numbers = nn.Conv2d(2, 3, (3, 4), (2, 1), (1, 3), padding_mode: mode);
        using var same = nn.Conv2d(2, 3, 4, Padding.Same, padding_mode: mode);
        using var oneDimension = nn.Conv1d(2, 3, 4, padding: 2, padding_mode: mode);
        using Tensor image = randn(2, 2, 9, 8);
        using Tensor signal = randn(2, 2, 9);
        ModelAssert.SameOutputs(numbers, image);
        ModelAssert.SameOutputs(same, image);
        ModelAssert.SameOutputs(oneDimension, signal);
    }

    [Fact]
    public void A_padding_mode_that_ONNX_lacks_gives_what_TorchSharp_gives()
    {
        using var module = nn.Conv2d(2, 3, 3, padding: 1, padding_mode: PaddingModes.Circular);
        ModelAssert.SameOutputs(module, randn(2, 2, 9, 8));
    }

    [Fact]
    public void Padding_to_the_same_size_by_reflection_with_an_oblong_kernel_gives_what_TorchSharp_gives()
    {
        using var module = nn.Conv2d(2, 3, (3, 5), Padding.Same, padding_mode: PaddingModes.Reflect);
        ModelAssert.SameOutputs(module, randn(2, 2, 9, 8));
    }

    [Fact]
    public void An_image_without_a_batch_gives_what_TorchSharp_gives()
    {
        using var module = nn.Conv2d(1, 3, 3);
        using var session = new OnnxSession(OnnxExporter.Export(module, 1, 28, 28));
        using Tensor image = randn(1, 28, 28);
        ModelAssert.Same(module.call(image), Assert.Single(session.Run(image)), 1e-5);
    }

    [Fact]
    public void ConvTranspose2d_gives_what_TorchSharp_gives_at_any_setting() => Gen.Select(Window, Channels, Gen.Bool, Gen.Bool).Sample(
        (window, channels, bias, extra) =>
        {
            long outputPadding = extra ? window.Stride - 1 : 0;
            using var module = nn.ConvTranspose2d(
                channels.In,
                channels.Out,
                window.Kernel,
                window.Stride,
                Math.Min(window.Padding, window.Dilation * (window.Kernel - 1)),
                outputPadding,
                window.Dilation,
                groups: channels.Groups,
                bias: bias);
            using Tensor input = randn(2, channels.In, 5, 6);
            ModelAssert.SameOutputs(module, input);
        },
        iter: 40,
        threads: 1);

    [Fact]
    public void ConvTranspose1d_gives_what_TorchSharp_gives()
    {
        using var module = nn.ConvTranspose1d(2, 3, 4, stride: 2, padding: 1, output_padding: 1);
        using Tensor input = randn(2, 2, 5);
        ModelAssert.SameOutputs(module, input);
    }

    [Fact]
    public void Output_padding_that_differs_between_dimensions_gives_what_TorchSharp_gives()
    {
        using var module = nn.ConvTranspose2d(2, 3, (3, 3), (2, 2), (0, 0), (1, 0));
        ModelAssert.SameOutputs(module, randn(2, 2, 5, 5));
    }

    [Fact]
    public void Output_padding_that_reaches_the_stride_is_refused()
    {
        using var module = nn.ConvTranspose2d(2, 3, 3, stride: 1, output_padding: 1, dilation: 2);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, "batch", 2, 5, 5));
        Assert.Contains("output_padding", refusal.Message, StringComparison.Ordinal);
    }
}
