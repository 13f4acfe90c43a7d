using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

/// <summary>Attention within areas of a picture, as in YOLO v12: the picture's places are one sequence, cut into four.</summary>
public sealed class AreaAttention : Module<Tensor, Tensor>
{
    private const long Dim = 8, Heads = 2, Head = Dim / Heads, Area = 4;
    private readonly Conv2d down = Conv2d(3, Dim, 3, stride: 2, padding: 1), qkv = Conv2d(Dim, Dim * 3, 1), proj = Conv2d(Dim, Dim, 1), pe = Conv2d(Dim, Dim, 7, padding: 3, groups: Dim);

    public AreaAttention() : base("area") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = down.call(x);
        var (B, H, W) = (x.shape[0], x.shape[2], x.shape[3]);
        var N = H * W;
        var all = qkv.call(x).flatten(2).transpose(1, 2).reshape(B * Area, N / Area, Dim * 3);
        (B, N) = (all.shape[0], all.shape[1]);
        var parts = all.view(B, N, Heads, Head * 3).permute(0, 2, 3, 1).split(new long[] { Head, Head, Head }, dim: 2);
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        var attention = (q.transpose(-2, -1).matmul(k) * Math.Pow(Head, -0.5)).softmax(-1);
        var y = v.matmul(attention.transpose(-2, -1)).permute(0, 3, 1, 2);
        v = v.permute(0, 3, 1, 2);
        y = y.reshape(B / Area, N * Area, Dim);
        v = v.reshape(B / Area, N * Area, Dim);
        B = y.shape[0];
        y = y.reshape(B, H, W, Dim).permute(0, 3, 1, 2).contiguous();
        v = v.reshape(B, H, W, Dim).permute(0, 3, 1, 2).contiguous();
        return x + proj.call(y + pe.call(v));
    }
}

/// <summary>A backbone of patches whose places are learned for one size and resampled for any other, as in DINO.</summary>
public sealed class DenseVit : Module<Tensor, Tensor>
{
    private const long Dim = 8, Patch = 4;
    private readonly Conv2d patches = Conv2d(3, Dim, Patch, stride: Patch);
    private readonly Parameter token = Parameter(randn(1, 1, Dim)), positions = Parameter(randn(1, 1 + 16, Dim));
    private readonly SelfAttention attention = new(Dim, 2, causal: false);
    private readonly LayerNorm norm = LayerNorm(Dim);

    public DenseVit() : base("dense") => RegisterComponents();

    private Tensor Places(long h, long w)
    {
        var grid = positions[.., 1..].reshape(1, 4, 4, Dim).permute(0, 3, 1, 2);
        grid = F.interpolate(grid, size: new[] { h, w }, mode: InterpolationMode.Bicubic);
        return cat(new[] { positions[.., ..1], grid.permute(0, 2, 3, 1).view(1, -1, Dim) }, 1);
    }

    public override Tensor forward(Tensor x)
    {
        x = patches.call(x);
        var (b, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        x = x.flatten(2).transpose(1, 2);
        x = cat(new[] { token.expand(b, -1, -1), x }, dim: 1) + Places(h, w);
        x = x + attention.call(norm.call(x));
        return x.narrow(1, 1, x.shape[1] - 1).transpose(1, 2).view(b, c, h, w);
    }
}

/// <summary>Attention within windows, as in Swin: pictures are cut into squares, which must go into them without a rest.</summary>
public sealed class WindowAttention : Module<Tensor, Tensor>
{
    private const long Dim = 8, Window = 7;
    private readonly Conv2d stem = Conv2d(3, Dim, 2, stride: 2);
    private readonly LayerNorm norm = LayerNorm(Dim);
    private readonly SelfAttention attention = new(Dim, 2, causal: false);

    public WindowAttention() : base("windows") => RegisterComponents();

    private static Tensor Partition(Tensor x)
    {
        var (b, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        x = x.view(b, h / Window, Window, w / Window, Window, c);
        return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, Window, Window, c);
    }

    private static Tensor Reverse(Tensor windows, long h, long w)
    {
        var b = windows.shape[0] / (h * w / Window / Window);
        var x = windows.view(b, h / Window, w / Window, Window, Window, -1);
        return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(b, h, w, -1);
    }

    public override Tensor forward(Tensor x)
    {
        x = stem.call(x).permute(0, 2, 3, 1);
        var (h, w) = (x.shape[1], x.shape[2]);
        var shifted = roll(norm.call(x), new long[] { -3, -3 }, new long[] { 1, 2 });
        var windows = Partition(shifted).view(-1, Window * Window, Dim);
        windows = attention.call(windows).view(-1, Window, Window, Dim);
        return (x + roll(Reverse(windows, h, w), new long[] { 3, 3 }, new long[] { 1, 2 })).permute(0, 3, 1, 2);
    }
}

/// <summary>A pyramid of features: each level takes on the one above it, at its own size.</summary>
public sealed class FeaturePyramid : Module<Tensor, (Tensor Fine, Tensor Coarse)>
{
    private readonly Conv2d one = Conv2d(3, 8, 3, stride: 2, padding: 1), two = Conv2d(8, 8, 3, stride: 2, padding: 1), three = Conv2d(8, 8, 3, stride: 2, padding: 1);
    private readonly Conv2d lateral = Conv2d(8, 8, 1), smooth = Conv2d(8, 8, 3, padding: 1);
    private readonly InterpolationMode mode;

    public FeaturePyramid(InterpolationMode mode) : base("pyramid")
    {
        this.mode = mode;
        RegisterComponents();
    }

    private Tensor Onto(Tensor coarse, Tensor fine) => lateral.call(fine) + F.interpolate(coarse, size: new[] { fine.shape[2], fine.shape[3] }, mode: mode);

    public override (Tensor Fine, Tensor Coarse) forward(Tensor x)
    {
        var first = one.call(x).relu();
        var second = two.call(first).relu();
        var third = three.call(second).relu();
        second = Onto(third, second);
        return (smooth.call(Onto(second, first)), third);
    }
}

/// <summary>Features of a picture's parts at four scales, each brought back to the picture's own, as in PSPNet.</summary>
public sealed class PyramidPooling : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 4, 3, stride: 2, padding: 1), head = Conv2d(20, 3, 1);
    private readonly ModuleList<AdaptiveAvgPool2d> pools = ModuleList(AdaptiveAvgPool2d(1), AdaptiveAvgPool2d(2), AdaptiveAvgPool2d(3), AdaptiveAvgPool2d(6));

    public PyramidPooling() : base("psp") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var features = stem.call(x).relu();
        var all = new List<Tensor> { features };
        foreach (var pool in pools)
            all.Add(F.interpolate(pool.call(features), size: features.shape[2..], mode: InterpolationMode.Bilinear, align_corners: true));
        return F.interpolate(head.call(cat(all, dim: 1)), size: x.shape[2..], mode: InterpolationMode.Bilinear);
    }
}

/// <summary>AlexNet's order of layers, narrower: pooled to six by six, whatever the picture's size.</summary>
public sealed class SmallAlexNet : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential(
        Conv2d(3, 8, 5, stride: 2, padding: 2), ReLU(), MaxPool2d(3, 2), Conv2d(8, 8, 3, padding: 1), ReLU(), MaxPool2d(3, 2));
    private readonly AdaptiveAvgPool2d avgpool = AdaptiveAvgPool2d(new long[] { 6, 6 });
    private readonly Sequential classifier = Sequential(Dropout(), Linear(8 * 6 * 6, 16), ReLU(), Linear(16, 5));

    public SmallAlexNet() : base("alexnet") => RegisterComponents();

    public override Tensor forward(Tensor x) => classifier.call(avgpool.call(features.call(x)).flatten(1));
}
