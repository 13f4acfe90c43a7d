using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Network;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Page;

/// <summary>What the network is made of.</summary>
internal static class NetworkSection
{
    public static XElement Write(ReportContent report) => Html.Section(
        "network",
        "Network",
        Html.Element("h3", "Layers"),
        Html.Paragraph(
            "The receptive field is the side, in pixels, of the square of the image that one value of a layer's output depends on. "
            + "Multiply-adds are those of weights for one image and number."),
        Layers(report.Run.Layers).ToElement(),
        report.Filters is { } filters
            ? new[] { Html.Element("h3", "First-layer filters"), Html.Columns(Figure.Show(FilterPlot.Draw(filters), Filters(filters))) }
            : null,
        Html.Element("h3", "Computation graph"),
        Figure.Show(GraphPlot.Draw(report.Graph), Graph(report.Graph)));

    private static Table Layers(IReadOnlyList<LayerRow> layers)
    {
        var table = new Table(
            "layers in the order of computation",
            Column.Text("layer"), Column.Text("kind"), Column.Text("output"), new Column("receptive field"), new Column("parameters"), new Column("multiply-adds"));
        foreach (LayerRow layer in layers)
        {
            string field = layer.ReceptiveField is { } side ? string.Create(CultureInfo.InvariantCulture, $"{side} × {side}") : NumberText.None;
            table.Row(layer.Name, layer.Kind, string.Join(" × ", layer.OutputShape), field, NonZero(layer.Parameters), NonZero(layer.MultiplyAdds));
        }

        return table.Row("total", "", "", "", NumberText.Count(layers.Sum(layer => layer.Parameters)), NumberText.Count(layers.Sum(layer => layer.MultiplyAdds)));
    }

    // Most layers have none: the numbers that are there are found more easily without the zeros.
    private static string NonZero(long value) => value == 0 ? "" : NumberText.Count(value);

    private static Table Filters(ConvolutionFilters filters)
    {
        var table = new Table($"weights of {filters.Layer}", new Column("filter"), new Column("row"), Column.Text("weights from left to right"));
        for (int filter = 0; filter < filters.Weights.Count; filter++)
        {
            for (int row = 0; row < filters.Height; row++)
            {
                IEnumerable<string> weights = filters.Weights[filter].Skip(row * filters.Width).Take(filters.Width).Select(weight => NumberText.Number(weight, "+0.000;−0.000"));
                table.Row((filter + 1).ToString(CultureInfo.InvariantCulture), (row + 1).ToString(CultureInfo.InvariantCulture), string.Join("  ", weights));
            }
        }

        return table;
    }

    private static Table Graph(ComputationGraph graph)
    {
        var table = new Table("nodes of the computation graph", Column.Text("node"), Column.Text("kind"), Column.Text("takes"));
        foreach (GraphNode node in graph.Nodes)
            table.Row(node.Text, node.Kind.ToString().ToLowerInvariant(), string.Join("; ", node.Inputs.Select(input => input.Text)));
        return table;
    }
}
