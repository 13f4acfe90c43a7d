using MnistAdder.Onnx;
using static MnistAdder.OnnxQuantization.Tests.Networks.Network;

namespace MnistAdder.OnnxQuantization.Tests.Networks;

/// <summary>An image on its way through a network.</summary>
internal readonly record struct Image(string Name, int Channels, int Height, int Width);

/// <summary>Pieces of networks, each between an image and another one.</summary>
internal static class Pieces
{
    /// <summary>Pieces by what tests call them.</summary>
    public static readonly IReadOnlyDictionary<string, Func<Network, Image, Image>> All = new Dictionary<string, Func<Network, Image, Image>>
    {
        ["a convolution"] = (network, image) => Convolution(network, image, 6, 3, pad: 1),
        ["a convolution without a border"] = (network, image) => Convolution(network, image, 5, 3),
        ["a convolution of strides"] = (network, image) => Convolution(network, image, 7, 3, pad: 1, stride: 2),
        ["a convolution with gaps"] = (network, image) => Convolution(network, image, 6, 3, pad: 2, dilation: 2),
        ["a convolution of pixels"] = (network, image) => Convolution(network, image, 9, 1),
        ["a convolution without bias"] = (network, image) => Convolution(network, image, 6, 3, pad: 1, bias: false),
        ["a convolution in groups"] = (network, image) => Convolution(network, image, image.Channels * 2, 3, pad: 1, groups: Groups(image)),
        ["a depthwise convolution"] = (network, image) => Convolution(network, image, image.Channels, 3, pad: 1, groups: image.Channels),
        ["a depthwise convolution of twice as many channels"] = (network, image) => Convolution(network, image, image.Channels * 2, 3, pad: 1, groups: image.Channels),
        ["a convolution with an uneven border"] = (network, image) => image with
        {
            Name = network.Conv(image.Name, image.Channels, image.Channels, [2, 3], attributes: Attribute("pads", 0L, 2, 1, 0)),
        },
        ["a convolution with a border of its own choice"] = (network, image) => image with
        {
            Name = network.Conv(image.Name, image.Channels, image.Channels, [4, 3], attributes: Attribute("auto_pad", "SAME_UPPER")),
        },
        ["a convolution and Relu"] = (network, image) => Convolution(network, image, 6, 3, pad: 1).Then(network.Relu),
        ["a normalised convolution and Relu"] = (network, image) => Convolution(network, image, 6, 3, pad: 1, bias: false).Then(value => network.Relu(network.BatchNormalization(value, 6))),
        ["a normalised max-pool of a convolution and Relu"] = (network, image) =>
            Pool(network, Convolution(network, image, 6, 3, pad: 1, bias: false), "MaxPool", 2, stride: 2).Then(value => network.Relu(network.BatchNormalization(value, 6))),
        ["a convolution and Relu6"] = (network, image) => Convolution(network, image, 6, 3, pad: 1).Then(value => network.Add("Clip", [value, network.Constant([0f]), network.Constant([6f])])),
        ["a convolution and a Clip that is no Relu"] = (network, image) =>
            Convolution(network, image, 6, 3, pad: 1).Then(value => network.Add("Clip", [value, network.Constant([0.2f]), network.Constant([1f])])),
        ["a convolution and a Clip of one side"] = (network, image) => Convolution(network, image, 6, 3, pad: 1).Then(value => network.Add("Clip", [value, "", network.Constant([1f])])),
        ["a convolution and LeakyRelu"] = (network, image) => Convolution(network, image, 6, 3, pad: 1).Then(value => network.Add("LeakyRelu", [value], Attribute("alpha", 0.1f))),
        ["a convolution and Sigmoid"] = (network, image) => Convolution(network, image, 6, 3, pad: 1).Then(value => network.Add("Sigmoid", [value])),
        ["a convolution and SiLU"] = (network, image) => Convolution(network, image, 6, 3, pad: 1).Then(value => network.Add("Mul", [value, network.Add("Sigmoid", [value])])),
        ["a convolution and Tanh"] = (network, image) => Convolution(network, image, 6, 3, pad: 1).Then(value => network.Add("Tanh", [value])),
        ["a residual sum"] = (network, image) => image.Then(value => network.Add("Add", [value, network.Conv(value, image.Channels, image.Channels)])),
        ["a residual sum and Relu"] = (network, image) => image.Then(value => network.Relu(network.Add("Add", [network.Conv(value, image.Channels, image.Channels), value]))),
        ["twice an image"] = (network, image) => image.Then(value => network.Add("Add", [value, value])),
        ["a sum with a constant"] = (network, image) => image.Then(value => network.Add("Add", [value, network.Constant([0.5f])])),
        ["squeeze and excitation"] = (network, image) => image.Then(value =>
        {
            string squeezed = network.Conv(network.Add("GlobalAveragePool", [value]), image.Channels, 4, [1, 1]);
            return network.Add("Mul", [value, network.Add("Sigmoid", [network.Conv(network.Relu(squeezed), 4, image.Channels, [1, 1])])]);
        }),
        ["a concatenation"] = (network, image) => image with
        {
            Name = network.Add("Concat", [image.Name, network.Conv(image.Name, image.Channels, 5), network.Conv(image.Name, image.Channels, 2)], Attribute("axis", 1)),
            Channels = image.Channels + 7,
        },
        ["a concatenation of columns"] = (network, image) => image with
        {
            Name = network.Add("Concat", [image.Name, network.Conv(image.Name, image.Channels, image.Channels)], Attribute("axis", -1)), Width = image.Width * 2,
        },
        ["a concatenation of lines"] = (network, image) => image with
        {
            Name = network.Add("Concat", [image.Name, network.Conv(image.Name, image.Channels, image.Channels)], Attribute("axis", 2)), Height = image.Height * 2,
        },
        ["a max-pool"] = (network, image) => Pool(network, image, "MaxPool", 2, stride: 2),
        ["a max-pool with a border"] = (network, image) => Pool(network, image, "MaxPool", 3, pad: 1, stride: 2),
        ["a max-pool of part windows"] = (network, image) => Pool(network, image, "MaxPool", 2, stride: 2, isCeiled: true),
        ["a max-pool with gaps"] = (network, image) => Pool(network, image, "MaxPool", 2, dilation: 2, attributes: Attribute("dilations", 2L, 2)),
        ["an average pool"] = (network, image) => Pool(network, image, "AveragePool", 2, stride: 2),
        ["an average pool with a border"] = (network, image) => Pool(network, image, "AveragePool", 3, pad: 1, stride: 2),
        ["an average pool with a border that counts"] = (network, image) => Pool(network, image, "AveragePool", 3, pad: 1, stride: 2, attributes: Attribute("count_include_pad", 1)),
        ["an average pool of part windows"] = (network, image) => Pool(network, image, "AveragePool", 2, stride: 2, isCeiled: true),
        ["an average pool of part windows with a border that counts"] = (network, image) =>
            Pool(network, image, "AveragePool", 3, pad: 1, stride: 2, isCeiled: true, attributes: Attribute("count_include_pad", 1)),
        ["a transposed convolution"] = (network, image) => image with
        {
            Name = network.Add("ConvTranspose", [image.Name, network.Weights(image.Channels, image.Channels, 4, 2, 2)], Attribute("strides", 2L, 2)),
            Channels = 4, Height = image.Height * 2, Width = image.Width * 2,
        },
    };

    public static Image Then(this Image image, Func<string, string> step) => image with { Name = step(image.Name) };

    private static int Groups(Image image) => image.Channels % 3 == 0 ? 3 : image.Channels % 2 == 0 ? 2 : 1;

    private static Image Convolution(
        Network network, Image image, int outputs, int kernel, int pad = 0, int stride = 1, int dilation = 1, int groups = 1, bool bias = true)
    {
        AttributeProto[] attributes = [Attribute("pads", pad, pad, pad, pad), Attribute("strides", stride, stride), Attribute("dilations", dilation, dilation)];
        string output = network.Conv(image.Name, image.Channels, outputs, [kernel, kernel], groups, bias, attributes);
        return new Image(output, outputs, Size(image.Height), Size(image.Width));

        int Size(int size) => ((size + (2 * pad) - (dilation * (kernel - 1)) - 1) / stride) + 1;
    }

    private static Image Pool(
        Network network, Image image, string operation, int kernel, int pad = 0, int stride = 1, int dilation = 1, bool isCeiled = false, params AttributeProto[] attributes)
    {
        string output = network.Add(operation, [image.Name],
        [
            Attribute("kernel_shape", (long)kernel, kernel), Attribute("strides", (long)stride, stride), Attribute("pads", (long)pad, pad, pad, pad),
            Attribute("ceil_mode", isCeiled ? 1 : 0), .. attributes,
        ]);
        return new Image(output, image.Channels, Size(image.Height), Size(image.Width));

        // A window has to begin within the image or the border before it.
        int Size(int size)
        {
            int room = size + (2 * pad) - (dilation * (kernel - 1)) - 1;
            int windows = (isCeiled ? (room + stride - 1) / stride : room / stride) + 1;
            return isCeiled && (windows - 1) * stride >= size + pad ? windows - 1 : windows;
        }
    }
}
