using CsCheck;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Modules;

public class PoolingTests
{
    // TorchSharp takes a padding of at most half a window.
    private static readonly Gen<(long Kernel, long Stride, long Padding)> Window =
        from kernel in Gen.Long[1, 4]
        from stride in Gen.Long[1, 3]
        from padding in Gen.Long[0, kernel / 2]
        select (kernel, stride, padding);

    private static readonly Gen<(long Rows, long Columns)> Size = Gen.Select(Gen.Long[7, 12], Gen.Long[7, 12]);

    [Fact]
    public void MaxPool2d_gives_what_TorchSharp_gives_at_any_setting() => Gen.Select(Window, Window, Gen.Long[1, 2], Gen.Bool, Size).Sample(
        (rows, columns, dilation, ceilMode, size) =>
        {
            using var module = nn.MaxPool2d(
                (rows.Kernel, columns.Kernel),
                (rows.Stride, columns.Stride),
                (rows.Padding, columns.Padding),
                (dilation, dilation),
                ceilMode);
            using Tensor input = randn(2, 3, size.Rows, size.Columns);
            ModelAssert.SameOutputs(module, input);
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void AvgPool2d_gives_what_TorchSharp_gives_at_any_setting() => Gen.Select(Window, Window, Gen.Bool, Gen.Bool, Size).Sample(
        (rows, columns, ceilMode, countPadding, size) =>
        {
            using var module = nn.AvgPool2d(
                (rows.Kernel, columns.Kernel), (rows.Stride, columns.Stride), (rows.Padding, columns.Padding), ceilMode, countPadding);
            using Tensor input = randn(2, 3, size.Rows, size.Columns);
            ModelAssert.SameOutputs(module, input);
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void MaxPool1d_and_AvgPool1d_give_what_TorchSharp_gives_at_any_setting() => Gen.Select(Window, Gen.Bool, Gen.Bool).Sample(
        (window, ceilMode, countPadding) =>
        {
            using var largest = nn.MaxPool1d(window.Kernel, window.Stride, window.Padding, 1, ceilMode);
            using var average = nn.AvgPool1d(window.Kernel, window.Stride, window.Padding, ceilMode, countPadding);
            using Tensor input = randn(2, 3, 11);
            ModelAssert.SameOutputs(largest, input);
            ModelAssert.SameOutputs(average, input);
        },
        iter: 40,
        threads: 1);

    [Fact]
    public void A_stride_that_is_left_out_is_the_window()
    {
        using Tensor image = randn(2, 3, 9, 8);
        using Tensor signal = randn(2, 3, 9);
        ModelAssert.SameOutputs(nn.MaxPool2d(2), image);
        ModelAssert.SameOutputs(nn.MaxPool2d([3, 2]), image);
        ModelAssert.SameOutputs(nn.AvgPool2d((2, 3)), image);
        ModelAssert.SameOutputs(nn.MaxPool1d(3), signal);
        ModelAssert.SameOutputs(nn.AvgPool1d(2), signal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_divisor_of_ones_own_gives_what_TorchSharp_gives(bool countPadding)
    {
        using var module = nn.AvgPool2d((3, 2), (2, 2), (1, 1), count_include_pad: countPadding, divisor_override: 5);
        using Tensor input = randn(2, 3, 9, 8);
        ModelAssert.SameOutputs(module, input);
    }

    [Fact]
    public void A_divisor_of_ones_own_with_windows_that_are_cut_off_is_refused()
    {
        using var module = nn.AvgPool2d(3, 2, ceil_mode: true, divisor_override: 5);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, "batch", 3, 9, 8));
        Assert.Contains("divisor", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Adaptive_pooling_to_size_1_gives_what_TorchSharp_gives()
    {
        using var images = nn.AdaptiveAvgPool2d(1);
        using var signals = nn.AdaptiveAvgPool1d(1);
        using Tensor image = randn(2, 3, 9, 8);
        using Tensor signal = randn(2, 3, 9);
        ModelAssert.SameOutputs(images, image);
        ModelAssert.SameOutputs(signals, signal);
    }

    [Fact]
    public void Adaptive_pooling_to_another_size_gives_what_TorchSharp_gives()
    {
        using var module = nn.AdaptiveAvgPool2d((1, 2));
        ModelAssert.SameOutputs(module, randn(2, 3, 9, 8));
    }
}
