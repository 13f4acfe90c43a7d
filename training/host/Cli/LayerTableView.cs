using System.Globalization;
using MnistAdder.Training.Network;
using Spectre.Console;

namespace MnistAdder.Training.Cli;

/// <summary>The layer table as it is printed.</summary>
internal static class LayerTableView
{
    public static Table Render(IReadOnlyList<LayerRow> layers)
    {
        Table table = new Table().Title("Network").AddColumns("layer", "kind", "output");
        foreach (string name in (string[])["parameters", "receptive field", "multiply-adds"])
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (LayerRow layer in layers)
        {
            string field = layer.ReceptiveField is { } side ? $"{side}×{side}" : "";
            table.AddRow(layer.Name, layer.Kind, string.Join('×', layer.OutputShape), Count(layer.Parameters), field, Count(layer.MultiplyAdds));
        }

        table.AddRow("total", "", "", Count(layers.Sum(layer => layer.Parameters)), "", Count(layers.Sum(layer => layer.MultiplyAdds)));
        return table;
    }

    private static string Count(long value) => value == 0 ? "" : value.ToString("N0", CultureInfo.InvariantCulture);
}
