using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Report;

/// <summary>
/// The computation graph of training, as SVG, in the followed work's colours: parameters blue, operations grey, and green the
/// total loss, where back-propagation starts.
/// </summary>
/// <remarks>The image branch runs down the left, the adder down the right; an operation's parameters stand at its side.</remarks>
internal static class ComputationGraphSvg
{
    private const int RowHeight = 34, BoxHeight = 24, OperationWidth = 190, ParameterWidth = 210, Gap = 24;
    private const int DigitParameters = Gap;
    private const int DigitColumn = DigitParameters + ParameterWidth + Gap;
    private const int AdderColumn = DigitColumn + OperationWidth + (3 * Gap);
    private const int AdderParameters = AdderColumn + OperationWidth + Gap;
    private const int Width = AdderParameters + ParameterWidth + Gap;
    private const string Blue = "#add8e6", Grey = "#d3d3d3", Green = "#90ee90", White = "#ffffff";
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>Draws a network's graph.</summary>
    /// <returns>The SVG file's text.</returns>
    public static string Draw(DigitSumNetwork network)
    {
        var picture = new Picture();

        Box image = picture.Add("image [N, 1, 28, 28]", White, DigitColumn, row: 0, OperationWidth);
        Box digitScores = picture.AddChain("digit", network.ImageBranch, image, DigitColumn, DigitParameters);
        Box logSoftmax = picture.AddBelow("log_softmax", Grey, digitScores);
        Box label = picture.Add("label [N]", White, DigitParameters, logSoftmax.Row + 1, ParameterWidth);
        Box digitLoss = picture.AddBelow("nll_loss", Grey, logSoftmax);
        picture.Connect(label, digitLoss);

        Box number = picture.Add("number, one-hot [N, 10]", White, AdderColumn, row: 0, OperationWidth);
        Box both = picture.AddBelow("concat [N, 20]", Grey, number);
        picture.Connect(digitScores, both);
        Box sumScores = picture.AddChain("adder", network.Adder, both, AdderColumn, AdderParameters);
        Box sum = picture.Add("label + number [N]", White, AdderParameters, sumScores.Row + 1, ParameterWidth);
        Box sumLoss = picture.AddBelow("cross_entropy", Grey, sumScores);
        picture.Connect(sum, sumLoss);

        Box loss = picture.Add("total loss", Green, AdderColumn, digitLoss.Row + 1, OperationWidth);
        picture.Connect(digitLoss, loss);
        picture.Connect(sumLoss, loss);
        return picture.ToText(loss.Row + 2);
    }

    private sealed record Box(int Left, int Row, int Width)
    {
        public int Top => Gap + (Row * RowHeight);

        public int Middle => Left + (Width / 2);

        public int Right => Left + Width;

        public int MiddleHeight => Top + (BoxHeight / 2);
    }

    private sealed class Picture
    {
        private readonly List<XElement> _edges = [];
        private readonly List<XElement> _boxes = [];

        public Box Add(string text, string colour, int left, int row, int width)
        {
            var box = new Box(left, row, width);
            _boxes.Add(new XElement(
                Svg + "g",
                new XElement(
                    Svg + "rect",
                    Numbers(("x", left), ("y", box.Top), ("width", width), ("height", BoxHeight), ("rx", 4)),
                    new XAttribute("fill", colour),
                    new XAttribute("stroke", "#555")),
                new XElement(Svg + "text", Numbers(("x", box.Middle), ("y", box.Top + 16)), new XAttribute("text-anchor", "middle"), text)));
            return box;
        }

        public Box AddBelow(string text, string colour, Box above)
        {
            Box box = Add(text, colour, above.Left, above.Row + 1, OperationWidth);
            Connect(above, box);
            return box;
        }

        public Box AddChain(string branch, Sequential layers, Box input, int left, int parametersLeft)
        {
            Box last = input;
            foreach ((string name, nn.Module module) in layers.named_children())
            {
                last = AddBelow($"{module.GetType().Name}  {branch}.{name}", Grey, last);
                string[] parameters = [.. module.named_parameters().Select(one => $"{one.name} [{string.Join(", ", one.parameter.shape)}]")];
                if (parameters.Length > 0)
                    Connect(Add(string.Join("  ", parameters), Blue, parametersLeft, last.Row, ParameterWidth), last);
            }

            return last;
        }

        public void Connect(Box from, Box to)
        {
            string path;
            if (from.Left == to.Left)
                path = Invariant($"M{from.Middle},{from.Top + BoxHeight} L{to.Middle},{to.Top}");
            else if (from.Row == to.Row && from.Right < to.Left)
                path = Invariant($"M{from.Right},{from.MiddleHeight} L{to.Left},{to.MiddleHeight}");
            else if (from.Row == to.Row)
                path = Invariant($"M{from.Left},{from.MiddleHeight} L{to.Right},{to.MiddleHeight}");
            else
            {
                int between = to.Left - (3 * Gap / 2);
                path = Invariant($"M{from.Right},{from.MiddleHeight} L{between},{from.MiddleHeight} L{between},{to.MiddleHeight} L{to.Left},{to.MiddleHeight}");
            }

            _edges.Add(new XElement(
                Svg + "path",
                new XAttribute("d", path),
                new XAttribute("fill", "none"),
                new XAttribute("stroke", "#555"),
                new XAttribute("marker-end", "url(#arrow)")));
        }

        public string ToText(int rows)
        {
            int height = (2 * Gap) + (rows * RowHeight);
            var arrow = new XElement(
                Svg + "marker",
                new XAttribute("id", "arrow"),
                Numbers(("markerWidth", 7), ("markerHeight", 7), ("refX", 6), ("refY", 3)),
                new XAttribute("orient", "auto"),
                new XElement(Svg + "path", new XAttribute("d", "M0,0 L6,3 L0,6 z"), new XAttribute("fill", "#555")));
            var legend = new Picture();
            legend.Add("parameters", Blue, DigitParameters, rows - 1, OperationWidth / 2);
            legend.Add("operations", Grey, DigitParameters + 110, rows - 1, OperationWidth / 2);
            legend.Add("back-propagation starts", Green, DigitParameters + 220, rows - 1, OperationWidth);
            return new XElement(
                Svg + "svg",
                Numbers(("width", Width), ("height", height)),
                new XAttribute("viewBox", Invariant($"0 0 {Width} {height}")),
                new XAttribute("font-family", "sans-serif"),
                new XAttribute("font-size", "11"),
                new XElement(Svg + "title", "Computation graph of a training step"),
                new XElement(Svg + "defs", arrow),
                new XElement(Svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("fill", White)),
                _edges,
                _boxes,
                legend._boxes) + "\n";
        }

        private static IEnumerable<XAttribute> Numbers(params (string Name, int Value)[] attributes) =>
            attributes.Select(one => new XAttribute(one.Name, one.Value.ToString(CultureInfo.InvariantCulture)));

        private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
