using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

public sealed class FunctionalCnn : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(1, 8, 3), conv2 = Conv2d(8, 16, 3);
    private readonly Dropout2d drop = Dropout2d(0.25);
    private readonly Linear fc1 = Linear(16 * 12 * 12, 32), fc2 = Linear(32, 10);

    public FunctionalCnn() : base("cnn") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = F.relu(conv1.call(x));
        x = F.relu(conv2.call(x));
        x = F.max_pool2d(x, 2);
        x = drop.call(x);
        x = torch.flatten(x, 1);
        x = F.relu(fc1.call(x));
        x = F.dropout(x, 0.5, training: training);
        return F.log_softmax(fc2.call(x), 1);
    }
}

public sealed class BasicBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d bn1, bn2;
    private readonly Module<Tensor, Tensor>? downsample;

    public BasicBlock(long from, long to, long stride) : base("block")
    {
        conv1 = Conv2d(from, to, 3, stride: stride, padding: 1, bias: false);
        bn1 = BatchNorm2d(to);
        conv2 = Conv2d(to, to, 3, padding: 1, bias: false);
        bn2 = BatchNorm2d(to);
        if (stride != 1 || from != to)
            downsample = Sequential(("0", Conv2d(from, to, 1, stride: stride, bias: false)), ("1", BatchNorm2d(to)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var identity = x;
        var y = F.relu(bn1.call(conv1.call(x)));
        y = bn2.call(conv2.call(y));
        if (downsample is not null)
            identity = downsample.call(x);
        return F.relu(y + identity);
    }
}

public sealed class ResNet18 : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 16, 7, stride: 2, padding: 3, bias: false);
    private readonly BatchNorm2d bn1 = BatchNorm2d(16);
    private readonly ReLU relu = ReLU(inplace: true);
    private readonly MaxPool2d maxpool = MaxPool2d(3, stride: 2, padding: 1);
    private readonly Sequential layer1 = Layer(16, 16, 1), layer2 = Layer(16, 32, 2), layer3 = Layer(32, 64, 2), layer4 = Layer(64, 128, 2);
    private readonly AdaptiveAvgPool2d avgpool = AdaptiveAvgPool2d(1);
    private readonly Linear fc = Linear(128, 10);

    public ResNet18() : base("resnet18") => RegisterComponents();

    private static Sequential Layer(long from, long to, long stride) =>
        Sequential(("0", new BasicBlock(from, to, stride)), ("1", new BasicBlock(to, to, 1)));

    public override Tensor forward(Tensor x)
    {
        x = maxpool.call(relu.call(bn1.call(conv1.call(x))));
        x = layer1.call(x);
        x = layer2.call(x);
        x = layer3.call(x);
        x = layer4.call(x);
        return fc.call(avgpool.call(x).flatten(1));
    }
}

public sealed class DigitAndSum : Module<Tensor, Tensor, (Tensor Digit, Tensor Sum)>
{
    private readonly Conv2d conv = Conv2d(1, 4, 5, stride: 2);
    private readonly Linear digit = Linear(4 * 12 * 12, 10), sum = Linear(20, 19);

    public DigitAndSum() : base("digits") => RegisterComponents();

    public override (Tensor Digit, Tensor Sum) forward(Tensor image, Tensor number)
    {
        var features = conv.call(image).relu().view(image.shape[0], -1);
        var scores = digit.call(features);
        return (scores, sum.call(cat([scores, number], 1)));
    }
}

public sealed class SmallUNet : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> down1 = Double(3, 8), down2 = Double(8, 16), bottom = Double(16, 32), up2 = Double(32, 16), up1 = Double(16, 8);
    private readonly ConvTranspose2d wide2 = ConvTranspose2d(32, 16, 2, stride: 2), wide1 = ConvTranspose2d(16, 8, 2, stride: 2);
    private readonly MaxPool2d pool = MaxPool2d(2);
    private readonly Conv2d last = Conv2d(8, 2, 1);

    public SmallUNet() : base("unet") => RegisterComponents();

    private static Sequential Double(long from, long to) => Sequential(
        Conv2d(from, to, 3, padding: 1), BatchNorm2d(to), ReLU(inplace: true), Conv2d(to, to, 3, padding: 1), BatchNorm2d(to), ReLU(inplace: true));

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var first = down1.call(x);
        var second = down2.call(pool.call(first));
        var low = bottom.call(pool.call(second));
        var y = up2.call(cat(new[] { wide2.call(low), second }, 1));
        y = up1.call(cat(new[] { wide1.call(y), first }, 1));
        return last.call(y).MoveToOuterDisposeScope();
    }
}

public sealed class SqueezeExcitation : Module<Tensor, Tensor>
{
    private readonly Linear reduce, expand;

    public SqueezeExcitation(long channels, long reduction) : base("se")
    {
        reduce = Linear(channels, channels / reduction);
        expand = Linear(channels / reduction, channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (n, c) = (x.shape[0], x.shape[1]);
        var gate = x.mean(new long[] { 2, 3 });
        gate = torch.sigmoid(expand.call(F.relu(reduce.call(gate)))).view(n, c, 1, 1);
        return x * gate;
    }
}

public sealed class AutoEncoder : Module<Tensor, Tensor>
{
    private readonly Sequential encoder = Sequential(
        Conv2d(1, 8, 3, stride: 2, padding: 1), ReLU(), Conv2d(8, 16, 3, stride: 2, padding: 1), ReLU(), Flatten(), Linear(16 * 7 * 7, 12));
    private readonly Linear widen = Linear(12, 16 * 7 * 7);
    private readonly ConvTranspose2d deconv1 = ConvTranspose2d(16, 8, 3, stride: 2, padding: 1, output_padding: 1);
    private readonly ConvTranspose2d deconv2 = ConvTranspose2d(8, 1, 3, stride: 2, padding: 1, output_padding: 1);

    public AutoEncoder() : base("autoencoder") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var code = encoder.call(x);
        var y = widen.call(code).relu().view(-1, 16, 7, 7);
        return deconv2.call(deconv1.call(y).relu()).sigmoid();
    }
}

public sealed class FixedBranch : Module<Tensor, Tensor>
{
    public FixedBranch() : base("branch") { }

    public override Tensor forward(Tensor x)
    {
        if (x.shape[1] > 3 && x.dim() == 4)
            x = x / x.shape[1];
        else
            x = x.unsqueeze(1);
        return x.shape[^1] % 2 == 0 ? x * 2 : x - 1;
    }
}

public sealed class Slices : Module<Tensor, Tensor>
{
    public Slices() : base("slices") { }

    public override Tensor forward(Tensor x)
    {
        var last = x[.., ^1];
        var inner = x[TensorIndex.Ellipsis, TensorIndex.Slice(1, -1)];
        var even = x[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(step: 2)];
        var rows = x[.., 1.., ..2];
        var added = x[.., TensorIndex.None, 0];
        return last.sum() * 0 + inner.mean(new long[] { 3 }) + even.mean(new long[] { 2 }).mean(new long[] { 2 }, keepdim: true)
            + rows.select(2, 1).mean(new long[] { 1, 2 }).view(-1, 1, 1) + added.squeeze(1).narrow(1, 2, 3).mean(new long[] { 1, 2 }).view(x.size(0), 1, 1);
    }
}

public sealed class ViewWriter : Module<Tensor, Tensor>
{
    public ViewWriter() : base("writer") { }

    public override Tensor forward(Tensor x)
    {
        var y = x.clone();
        y[.., 0] = y[.., 1] * 2;
        var rows = y.narrow(2, 1, 2);
        rows.mul_(3).add_(1);
        y.view(y.shape[0], -1)[TensorIndex.Colon, TensorIndex.Slice(0, 10, 3)] = torch.zeros(1);
        y.transpose(1, 2).select(1, 4).fill_(5);
        return y + rows.mean(new long[] { 1, 2, 3 }).view(-1, 1, 1, 1);
    }
}

public sealed class Sizes : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(6, 6);

    public Sizes() : base("sizes") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        long n = x.shape[0], half = x.shape[2] / 2;
        var doubled = cat(new[] { x, x }, 0);
        var both = doubled.view(2 * n, -1).narrow(0, n, n).view(n, 4, 2 * half, x.size(3));
        var offset = zeros(n, 1, 1, 6) + ones(1, x.shape[1], 1, 6);
        return linear.call(both + offset).reshape(n, -1).expand(n, 4 * 36).contiguous().view(-1, 4, 36);
    }
}
