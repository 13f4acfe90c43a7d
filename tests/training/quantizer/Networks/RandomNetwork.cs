namespace MnistAdder.OnnxQuantization.Tests.Networks;

/// <summary>Classifiers of random pieces, which are of images.</summary>
internal static class RandomNetwork
{
    private const int LeastSize = 5, MostSize = 24, MostChannels = 24;

    /// <summary>A network of two to five pieces.</summary>
    public static Network Of(int seed)
    {
        var random = new Random(seed);
        var network = new Network(seed);
        int channels = random.Next(1, 5), height = random.Next(9, 15), width = random.Next(9, 15);
        var image = new Image(network.Conv(network.Input("image", channels, height, width), channels, 6), 6, height, width);
        string[] names = [.. Pieces.All.Keys];
        for (int pieces = random.Next(2, 6); pieces > 0; pieces--)
        {
            // As large as every piece fits behind, and small enough to be quick.
            Image next = Pieces.All[names[random.Next(names.Length)]](network, image);
            if (next is { Height: >= LeastSize and <= MostSize, Width: >= LeastSize and <= MostSize, Channels: <= MostChannels })
                image = next;
            // The user looks at some values on the way.
            if (random.Next(4) == 0)
                network.Output(network.Add("Identity", [image.Name]));
        }

        string rows = network.Add("Flatten", [image.Name]), hidden = network.Relu(network.Gemm(rows, image.Channels * image.Height * image.Width, 12));
        return network.Output(network.Gemm(hidden, 12, 5));
    }
}
